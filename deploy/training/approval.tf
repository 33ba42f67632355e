# An approval in the group starts the repository's deploy workflow, and nothing else does.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

locals {
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition
  function  = "sagemaker-${var.SageMakerProjectName}-dispatch"

  # The pattern is a file, so that tests can match events with the deployed pattern.
  pattern = templatefile("${path.module}/approval-event-pattern.json", { Group = var.ModelPackageGroupName })
  policy = templatefile("${path.module}/../lambdas/dispatch_workflow/policy.json", {
    Partition = local.partition
    Region    = var.region
    Account   = local.account
    Function  = local.function
    Secret    = var.GitHubTokenSecretArn
  })
  statements = concat(jsondecode(local.policy).Statement, var.GitHubTokenKmsKeyArn == "" ? [] : [
    { Sid = "DecryptTheToken", Effect = "Allow", Action = ["kms:Decrypt"], Resource = [var.GitHubTokenKmsKeyArn] },
  ])
}

resource "aws_cloudwatch_event_rule" "approval" {
  name          = "${var.SageMakerProjectName}-approval"
  description   = "A version of ${var.ModelPackageGroupName} was approved"
  event_pattern = local.pattern
}

resource "aws_cloudwatch_event_target" "approval" {
  rule = aws_cloudwatch_event_rule.approval.name
  arn  = module.dispatch.arn
}

resource "aws_lambda_permission" "approval" {
  statement_id  = "approval"
  action        = "lambda:InvokeFunction"
  function_name = module.dispatch.name
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.approval.arn
}

module "dispatch" {
  source = "../modules/function"

  name        = local.function
  description = "Starts ${var.Workflow} of ${var.GitHubRepository}"
  archive     = "${path.module}/${var.FunctionZip}"
  policies    = [jsonencode({ Statement = local.statements })]
  environment = {
    REPOSITORY       = var.GitHubRepository
    BRANCH           = var.GitHubBranch
    WORKFLOW         = var.Workflow
    TOKEN_SECRET_ARN = var.GitHubTokenSecretArn
    API_URL          = var.GitHubApiUrl
  }
  log_retention_days = var.LogRetentionDays
}

resource "aws_cloudwatch_metric_alarm" "dispatch" {
  alarm_name          = "${local.function}-failed"
  alarm_description   = "A version was approved and its deployment could not be started; check that the token is valid, and start ${var.Workflow} by hand"
  namespace           = "AWS/Lambda"
  metric_name         = "Errors"
  dimensions          = { FunctionName = module.dispatch.name }
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  threshold           = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.AlarmTopicArns
}
