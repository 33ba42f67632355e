output "PipelineArn" {
  description = "ARN of the pipeline."
  value       = aws_sagemaker_pipeline.BatchDeployPipeline.arn
}

output "PipelineName" {
  description = "Name of the pipeline, for aws sagemaker start-pipeline-execution and pipelines show."
  value       = aws_sagemaker_pipeline.BatchDeployPipeline.pipeline_name
}

output "FunctionArn" {
  description = "ARN of the function that looks up the version to score with."
  value       = module.approved_model.arn
}

output "Schedule" {
  description = "When the pipeline is started."
  value       = module.schedule.expression
}

output "Model" {
  description = "The version that was released, and whether it is pinned."
  value       = { package = var.ModelPackageName, from = var.ReleasedFrom, pinned = var.PinModelPackage }
}

output "Dashboard" {
  description = "Name of the dashboard."
  value       = aws_cloudwatch_dashboard.watch.dashboard_name
}
