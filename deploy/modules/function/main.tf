# A function of deploy/lambdas with its permissions, its log, and a queue for events that it cannot handle.

locals {
  # Policies with the same statements, for several groups or spellings, are merged into one policy.
  policies = [for policy in var.policies : jsondecode(policy).Statement]
  own = [for number, statement in local.policies[0] : merge(statement, {
    Resource = sort(distinct(flatten([for statements in local.policies : statements[number].Resource])))
  })]
  statements = concat(
    local.own,
    var.dead_letter_arn == "" ? [] : [
      { Sid = "PutFailedEventsAside", Effect = "Allow", Action = ["sqs:SendMessage"], Resource = [var.dead_letter_arn] },
    ],
    var.kms_key_arn == "" ? [] : [
      { Sid = "UseTheKey", Effect = "Allow", Action = ["kms:Decrypt", "kms:GenerateDataKey"], Resource = [var.kms_key_arn] },
    ],
  )
}

resource "aws_lambda_function" "function" {
  function_name    = var.name
  description      = var.description
  role             = aws_iam_role.function.arn
  runtime          = "python3.12"
  handler          = "handler.lambda_handler"
  timeout          = var.timeout
  memory_size      = 256
  filename         = var.archive == "" ? null : var.archive
  source_code_hash = var.archive == "" ? null : filebase64sha256(var.archive)
  s3_bucket        = var.archive == "" ? var.s3_bucket : null
  s3_key           = var.archive == "" ? var.s3_key : null

  dynamic "environment" {
    for_each = length(var.environment) > 0 ? [true] : []

    content {
      variables = var.environment
    }
  }

  dynamic "dead_letter_config" {
    for_each = var.dead_letter_arn == "" ? [] : [true]

    content {
      target_arn = var.dead_letter_arn
    }
  }

  depends_on = [aws_cloudwatch_log_group.function, aws_iam_role_policy.function]
}

resource "aws_iam_role" "function" {
  name                 = "${var.name}-role"
  description          = var.description
  permissions_boundary = var.permissions_boundary_arn == "" ? null : var.permissions_boundary_arn

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "lambda.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "function" {
  name   = var.name
  role   = aws_iam_role.function.id
  policy = jsonencode({ Version = "2012-10-17", Statement = local.statements })
}

resource "aws_cloudwatch_log_group" "function" {
  name              = "/aws/lambda/${var.name}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.log_kms_key_arn == "" ? null : var.log_kms_key_arn
}
