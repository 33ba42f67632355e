# The batch pipeline of one environment, which build.py has compiled and uploaded.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

# The pipeline gets the definition's text instead of its location, because the provider cannot change
# pipeline_definition_s3_location (hashicorp/terraform-provider-aws#38259). A plan then also shows what changes.
data "aws_s3_object" "definition" {
  bucket = var.ProjectBucket
  key    = var.PipelineDefinitionS3Key
}

resource "aws_sagemaker_pipeline" "BatchDeployPipeline" {
  pipeline_name         = var.BatchPipeline
  pipeline_display_name = var.BatchPipeline
  pipeline_description  = "Scores with the approved version of ${var.ModelPackageGroupName}; deployed with ${var.ReleasedFrom}"
  pipeline_definition   = data.aws_s3_object.definition.body
  role_arn              = var.ExecutionRoleArn

  depends_on = [module.approved_model]
}

# A pinned version is also created as a model, so that a deployment with an unusable version fails here.
resource "aws_sagemaker_model" "pinned" {
  count = var.PinModelPackage ? 1 : 0

  name                     = "${var.BatchPipeline}-v${var.ModelPackageVersion}"
  execution_role_arn       = var.ExecutionRoleArn
  enable_network_isolation = true

  primary_container {
    model_package_name = var.ModelPackageName
  }

  dynamic "vpc_config" {
    for_each = length(var.SubnetIds) > 0 ? [true] : []

    content {
      subnets            = var.SubnetIds
      security_group_ids = var.SGIds
    }
  }
}
