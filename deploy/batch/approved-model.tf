# The function by which an execution looks up the version to score with: deploy/lambdas/get_approved_model.

locals {
  # ARNs of model package groups have been spelt in lower case, and as the group is.
  groups = distinct([var.ModelPackageGroupName, lower(var.ModelPackageGroupName)])
  allowed = [for group in local.groups : jsondecode(templatefile("${path.module}/../lambdas/get_approved_model/policy.json", {
    Partition = data.aws_partition.current.partition
    Region    = var.region
    Account   = data.aws_caller_identity.current.account_id
    Function  = var.ApprovedModelFunction
    Group     = group
  })).Statement]
  statements = [for number, statement in local.allowed[0] : merge(statement, {
    Resource = sort(distinct(flatten([for statements in local.allowed : statements[number].Resource])))
  })]
}

resource "aws_lambda_function" "approved_model" {
  function_name = var.ApprovedModelFunction
  description   = "The approved version of ${var.ModelPackageGroupName}"
  role          = aws_iam_role.approved_model.arn
  runtime       = "python3.12"
  handler       = "handler.lambda_handler"
  timeout       = 60
  memory_size   = 256
  s3_bucket     = var.ProjectBucket
  s3_key        = var.ApprovedModelCodeS3Key

  dynamic "environment" {
    for_each = var.PinModelPackage ? [var.ModelPackageVersion] : []

    content {
      variables = { MODEL_PACKAGE_VERSION = environment.value }
    }
  }

  depends_on = [aws_cloudwatch_log_group.approved_model, aws_iam_role_policy.approved_model]
}

resource "aws_iam_role" "approved_model" {
  name                 = "${var.ApprovedModelFunction}-role"
  description          = "Reads the versions of ${var.ModelPackageGroupName}"
  permissions_boundary = var.PermissionsBoundaryArn == "" ? null : var.PermissionsBoundaryArn

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "lambda.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "approved_model" {
  name   = var.ApprovedModelFunction
  role   = aws_iam_role.approved_model.id
  policy = jsonencode({ Version = "2012-10-17", Statement = local.statements })
}

resource "aws_cloudwatch_log_group" "approved_model" {
  name              = "/aws/lambda/${var.ApprovedModelFunction}"
  retention_in_days = var.LogRetentionDays
  kms_key_id        = var.KmsKeyArn == "" ? null : var.KmsKeyArn
}
