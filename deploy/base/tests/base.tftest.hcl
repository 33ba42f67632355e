# terraform test: no AWS account is used.

mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "000000000000" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws:kms:us-east-1:000000000000:key/mocked" }
  }
  mock_resource "aws_s3_bucket" {
    defaults = { arn = "arn:aws:s3:::mocked" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::000000000000:role/mocked" }
  }
  mock_resource "aws_iam_policy" {
    defaults = { arn = "arn:aws:iam::000000000000:policy/mocked" }
  }
  mock_resource "aws_iam_openid_connect_provider" {
    defaults = { arn = "arn:aws:iam::000000000000:oidc-provider/mocked" }
  }
}

variables {
  region             = "us-east-1"
  Environment        = "prod"
  GitHubRepositories = ["an-owner/shells"]
}

run "an_account_that_is_deployed_to" {
  assert {
    condition     = toset(keys(aws_ssm_parameter.facts)) == toset(["/prod/sagemaker_ml_artifacts_s3_bucket", "/prod/sagemaker_role_arn", "/prod/sagemaker_kms_key_arn", "/prod/sagemaker_permissions_boundary_arn"])
    error_message = "says what build.py reads"
  }
  assert {
    condition = jsondecode(aws_iam_role.deployment.assume_role_policy).Statement[0].Condition.StringEquals == {
      "token.actions.githubusercontent.com:aud" = "sts.amazonaws.com"
      "token.actions.githubusercontent.com:sub" = ["repo:an-owner/shells:environment:production"]
      "token.actions.githubusercontent.com:ref" = "refs/heads/main"
    }
    error_message = "is entered by one repository, one of its environments and one branch"
  }
  assert {
    condition     = length(aws_iam_role_policy.read) == 0 && length(aws_iam_role_policy.release) == 1
    error_message = "is written to"
  }
}

run "an_account_that_trains" {
  variables {
    Environment      = "dev"
    ArtifactsBuckets = ["models"]
  }

  assert {
    condition     = length(aws_iam_role_policy.read) == 1 && length(aws_iam_role_policy.release) == 0 && length(aws_iam_role_policy.terraform) == 0
    error_message = "is only read"
  }
  assert {
    condition     = length(aws_ssm_parameter.facts) == 0 && length(aws_iam_role.execution) == 0
    error_message = "has nothing of an account that is deployed to"
  }
}

run "in_a_vpc" {
  variables {
    SubnetIds = ["subnet-1", "subnet-2"]
    SGIds     = ["sg-1"]
  }

  assert {
    condition     = aws_ssm_parameter.facts["private-subnets-ids"].value == "subnet-1,subnet-2"
    error_message = "the subnets are told"
  }
}

run "every_repository_of_an_owner" {
  command = plan

  variables {
    GitHubRepositories = ["an-owner/*"]
  }

  expect_failures = [var.GitHubRepositories]
}

run "an_account_that_trains_without_a_bucket" {
  command = plan

  variables {
    Environment = "dev"
  }

  expect_failures = [aws_iam_role_policy.read]
}
