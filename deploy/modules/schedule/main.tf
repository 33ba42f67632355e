# A rule that starts a pipeline on a schedule, and a role that permits only that.

data "aws_caller_identity" "current" {}

resource "aws_cloudwatch_event_rule" "schedule" {
  name                = var.name
  description         = "Starts ${var.pipeline}"
  schedule_expression = var.expression
  state               = var.is_enabled ? "ENABLED" : "DISABLED"
}

resource "aws_cloudwatch_event_target" "schedule" {
  rule      = aws_cloudwatch_event_rule.schedule.name
  target_id = "pipeline"
  arn       = var.pipeline_arn
  role_arn  = aws_iam_role.schedule.arn

  sagemaker_pipeline_target {
    dynamic "pipeline_parameter_list" {
      # The service does not accept empty values.
      for_each = { for name, value in var.parameters : name => value if value != "" }

      content {
        name  = pipeline_parameter_list.key
        value = pipeline_parameter_list.value
      }
    }
  }
}

resource "aws_iam_role" "schedule" {
  name                 = var.role_name
  description          = "Starts ${var.pipeline}"
  permissions_boundary = var.permissions_boundary_arn == "" ? null : var.permissions_boundary_arn

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "events.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = data.aws_caller_identity.current.account_id } }
    }]
  })
}

resource "aws_iam_role_policy" "schedule" {
  name = "start-the-pipeline"
  role = aws_iam_role.schedule.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid      = "StartThePipeline"
      Effect   = "Allow"
      Action   = "sagemaker:StartPipelineExecution"
      Resource = var.pipeline_arn
    }]
  })
}
