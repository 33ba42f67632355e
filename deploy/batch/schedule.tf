# When the batch is scored, with which parameters.

locals {
  schedule = can(regex("\\(", var.ScheduleExpressionforPipeline)) ? var.ScheduleExpressionforPipeline : "rate(${var.ScheduleExpressionforPipeline})"

  # Every parameter of the pipeline; the service takes no empty one.
  parameters = {
    for name, value in {
      ProcessingInstanceCount = tostring(var.ProcessingInstanceCount)
      ProcessingInstanceType  = var.ProcessingInstanceType
      InferenceInstanceCount  = tostring(var.InferenceInstanceCount)
      InferenceInstanceType   = var.InferenceInstanceType
      InputDataUrl            = var.InputDataUrl
      BadRows                 = var.BadRows
      FailOnViolation         = tostring(var.FailOnViolation)
      GroundTruthAvailable    = tostring(var.GroundTruthAvailable)
      GroundTruthUrl          = var.GroundTruthUrl
      ModelQualityTolerance   = tostring(var.ModelQualityTolerance)
    } : name => value if value != ""
  }
}

resource "aws_cloudwatch_event_rule" "schedule" {
  name                = "${var.BatchPipeline}-schedule"
  description         = "Starts ${var.BatchPipeline}"
  schedule_expression = local.schedule
  state               = var.ScheduleEnabled ? "ENABLED" : "DISABLED"
}

resource "aws_cloudwatch_event_target" "schedule" {
  rule      = aws_cloudwatch_event_rule.schedule.name
  target_id = "pipeline"
  arn       = aws_sagemaker_pipeline.BatchDeployPipeline.arn
  role_arn  = aws_iam_role.schedule.arn

  sagemaker_pipeline_target {
    dynamic "pipeline_parameter_list" {
      for_each = local.parameters

      content {
        name  = pipeline_parameter_list.key
        value = pipeline_parameter_list.value
      }
    }
  }
}

resource "aws_iam_role" "schedule" {
  # Names of roles end at 64 characters, of which a project's name and its id may take most.
  name                 = "sagemaker-${var.SageMakerProjectName}-${var.Environment}-schedule"
  description          = "Starts ${var.BatchPipeline}"
  permissions_boundary = var.PermissionsBoundaryArn == "" ? null : var.PermissionsBoundaryArn

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
      Resource = aws_sagemaker_pipeline.BatchDeployPipeline.arn
    }]
  })
}
