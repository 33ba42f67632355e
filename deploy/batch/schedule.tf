# When the batch is scored, and with which parameters.

locals {
  schedule = can(regex("\\(", var.ScheduleExpressionforPipeline)) ? var.ScheduleExpressionforPipeline : "rate(${var.ScheduleExpressionforPipeline})"
}

module "schedule" {
  source = "../modules/schedule"

  name                     = "${var.BatchPipeline}-schedule"
  pipeline                 = var.BatchPipeline
  pipeline_arn             = aws_sagemaker_pipeline.BatchDeployPipeline.arn
  expression               = local.schedule
  is_enabled               = var.ScheduleEnabled
  permissions_boundary_arn = var.PermissionsBoundaryArn

  # Role names have at most 64 characters; a project's name and id may need most of them.
  role_name = "sagemaker-${var.SageMakerProjectName}-${var.Environment}-schedule"

  # Every parameter of the pipeline.
  parameters = {
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
    DataQualityTolerance    = tostring(var.DataQualityTolerance)
  }
}
