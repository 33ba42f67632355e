# When a new model is trained. What it registers waits for approval, unless TrainingParameters say otherwise.

locals {
  # ARNs of pipelines are in lower case.
  pipeline = "arn:${local.partition}:sagemaker:${var.region}:${local.account}:pipeline/${lower(var.TrainingPipeline)}"
}

resource "aws_cloudwatch_event_rule" "training" {
  name                = "${var.SageMakerProjectName}-training-schedule"
  description         = "Starts ${var.TrainingPipeline}"
  schedule_expression = var.TrainingScheduleExpression
  state               = var.TrainingScheduleEnabled ? "ENABLED" : "DISABLED"
}

resource "aws_cloudwatch_event_target" "training" {
  rule     = aws_cloudwatch_event_rule.training.name
  arn      = local.pipeline
  role_arn = aws_iam_role.training.arn

  sagemaker_pipeline_target {
    dynamic "pipeline_parameter_list" {
      for_each = var.TrainingParameters

      content {
        name  = pipeline_parameter_list.key
        value = pipeline_parameter_list.value
      }
    }
  }
}

resource "aws_iam_role" "training" {
  name        = "sagemaker-${var.SageMakerProjectName}-training-schedule"
  description = "Starts ${var.TrainingPipeline}"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "events.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = local.account } }
    }]
  })
}

resource "aws_iam_role_policy" "training" {
  name = "start-the-pipeline"
  role = aws_iam_role.training.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid      = "StartThePipeline"
      Effect   = "Allow"
      Action   = "sagemaker:StartPipelineExecution"
      Resource = local.pipeline
    }]
  })
}
