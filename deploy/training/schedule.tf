# When a new model is trained. Its version waits for approval, unless TrainingParameters say otherwise.

module "schedule" {
  source = "../modules/schedule"

  name       = "${var.SageMakerProjectName}-training-schedule"
  pipeline   = var.TrainingPipeline
  expression = var.TrainingScheduleExpression
  is_enabled = var.TrainingScheduleEnabled
  role_name  = "sagemaker-${var.SageMakerProjectName}-training-schedule"
  parameters = var.TrainingParameters

  # ARNs of pipelines are in lower case.
  pipeline_arn = "arn:${local.partition}:sagemaker:${var.region}:${local.account}:pipeline/${lower(var.TrainingPipeline)}"
}
