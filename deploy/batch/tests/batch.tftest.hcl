# terraform test: no AWS account is used.

mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "000000000000" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_s3_object" {
    defaults = { body = "{\"Version\": \"2020-12-01\", \"Steps\": []}" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::000000000000:role/mocked" }
  }
  mock_resource "aws_sagemaker_pipeline" {
    defaults = { arn = "arn:aws:sagemaker:us-east-1:000000000000:pipeline/mocked" }
  }
  mock_resource "aws_cloudwatch_metric_alarm" {
    defaults = { arn = "arn:aws:cloudwatch:us-east-1:000000000000:alarm:mocked" }
  }
}

variables {
  region                  = "us-east-1"
  Environment             = "preprod"
  SageMakerProjectName    = "shells"
  SageMakerProjectId      = "p-1"
  BatchPipeline           = "shells-p-1-preprod"
  ProjectBucket           = "a-bucket"
  PipelineDefinitionS3Key = "shells-p-1/pipeline/0/pipelinedefinition.json"
  ApprovedModelFunction   = "sagemaker-shells-preprod-model"
  ApprovedModelCodeS3Key  = "shells-p-1/functions/0/get_approved_model.zip"
  ModelPackageGroupName   = "Shells"
  ModelPackageName        = "arn:aws:sagemaker:us-east-1:000000000000:model-package/shells/3"
  ModelPackageVersion     = 3
  ReleasedFrom            = "arn:aws:sagemaker:us-east-1:000000000000:model-package/shells/7"
  ExecutionRoleArn        = "arn:aws:iam::000000000000:role/sagemaker-preprod-execution"
  InputDataUrl            = "s3://a-bucket/shells.csv"
}

run "a_version_is_looked_up_each_time" {
  assert {
    condition     = length(aws_sagemaker_model.pinned) == 0
    error_message = "no model is made"
  }
  assert {
    condition     = length(module.approved_model.environment) == 0
    error_message = "the function is told no version"
  }
  assert {
    condition     = aws_sagemaker_pipeline.BatchDeployPipeline.pipeline_definition == data.aws_s3_object.definition.body
    error_message = "the definition is given as text"
  }
}

run "a_version_is_pinned" {
  variables {
    PinModelPackage = true
    SubnetIds       = ["subnet-1"]
    SGIds           = ["sg-1"]
  }

  assert {
    condition     = aws_sagemaker_model.pinned[0].name == "shells-p-1-preprod-v3"
    error_message = "its model is called by environment and version"
  }
  assert {
    condition     = aws_sagemaker_model.pinned[0].vpc_config[0].subnets == toset(["subnet-1"])
    error_message = "its model is in the VPC"
  }
  assert {
    condition     = module.approved_model.environment.MODEL_PACKAGE_VERSION == "3"
    error_message = "the function is told the version"
  }
}

run "the_function_may_read_the_group_however_its_arn_is_spelt" {
  assert {
    condition = toset(module.approved_model.statements[0].Resource) == toset([
      "arn:aws:sagemaker:us-east-1:000000000000:model-package-group/Shells",
      "arn:aws:sagemaker:us-east-1:000000000000:model-package-group/shells",
      "arn:aws:sagemaker:us-east-1:000000000000:model-package/Shells/*",
      "arn:aws:sagemaker:us-east-1:000000000000:model-package/shells/*",
    ])
    error_message = "and nothing else"
  }
}

run "a_schedule_that_is_a_rate_alone" {
  variables {
    ScheduleExpressionforPipeline = "12 hours"
  }

  assert {
    condition     = module.schedule.expression == "rate(12 hours)"
    error_message = "it is a rate"
  }
}

run "a_schedule_that_is_none" {
  command = plan

  variables {
    ScheduleExpressionforPipeline = "every day"
  }

  expect_failures = [var.ScheduleExpressionforPipeline]
}

run "one_days" {
  command = plan

  variables {
    ScheduleExpressionforPipeline = "1 days"
  }

  expect_failures = [var.ScheduleExpressionforPipeline]
}

run "a_truth_without_a_place" {
  command = plan

  variables {
    GroundTruthAvailable = true
  }

  expect_failures = [var.GroundTruthUrl]
}
