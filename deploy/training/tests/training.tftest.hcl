# terraform test: no AWS account is used.

mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "000000000000" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::000000000000:role/mocked" }
  }
  mock_resource "aws_lambda_function" {
    defaults = { arn = "arn:aws:lambda:us-east-1:000000000000:function:mocked" }
  }
  mock_resource "aws_cloudwatch_event_rule" {
    defaults = { arn = "arn:aws:events:us-east-1:000000000000:rule/mocked" }
  }
}

variables {
  region                = "us-east-1"
  SageMakerProjectName  = "shells"
  ModelPackageGroupName = "Shells"
  GitHubRepository      = "an-owner/shells"
  GitHubTokenSecretArn  = "arn:aws:secretsmanager:us-east-1:000000000000:secret:github-abcdef"
  FunctionZip           = "tests/function.zip"
  TrainingPipeline      = "ShellsPipeline"
  TrainingParameters    = { MseThreshold = "5.0" }
}

run "an_approval_starts_one_workflow" {
  assert {
    condition     = jsondecode(aws_cloudwatch_event_rule.approval.event_pattern).detail.ModelPackageGroupName == ["Shells"]
    error_message = "approvals of one group"
  }
  assert {
    condition = module.dispatch.environment == tomap({
      REPOSITORY       = "an-owner/shells"
      BRANCH           = "main"
      WORKFLOW         = "deploy.yml"
      TOKEN_SECRET_ARN = "arn:aws:secretsmanager:us-east-1:000000000000:secret:github-abcdef"
      API_URL          = "https://api.github.com"
    })
    error_message = "one workflow, on one branch; the token is named, not told"
  }
}

run "training_is_scheduled" {
  assert {
    condition     = module.schedule.expression == "cron(0 3 1 * ? *)"
    error_message = "on the first of each month"
  }
}

run "a_token_over_http" {
  command = plan

  variables {
    GitHubApiUrl = "http://github.example.com"
  }

  expect_failures = [var.GitHubApiUrl]
}
