# Rules: rules.json says which function each invokes, patterns/ which events it is for. Tests read the same files.

locals {
  rules = jsondecode(file("${path.module}/rules.json"))
}

resource "aws_cloudwatch_event_rule" "rule" {
  for_each = local.rules

  name          = "${var.pipeline_inf}-${each.key}"
  description   = "${each.key} of ${var.pipeline_train}, ${var.pipeline_trainwhpo} and ${var.pipeline_inf}"
  event_pattern = templatefile("${path.module}/patterns/${each.key}.json", local.names)
}

resource "aws_cloudwatch_event_target" "rule" {
  for_each = local.rules

  rule      = aws_cloudwatch_event_rule.rule[each.key].name
  target_id = each.value
  arn       = module.function[each.value].arn

  dead_letter_config {
    arn = aws_sqs_queue.failed[each.value].arn
  }
}

resource "aws_lambda_permission" "rule" {
  for_each = local.rules

  statement_id   = each.key
  action         = "lambda:InvokeFunction"
  function_name  = module.function[each.value].name
  principal      = "events.amazonaws.com"
  source_arn     = aws_cloudwatch_event_rule.rule[each.key].arn
  source_account = local.account
}

# The bucket tells of its new objects: put, uploaded in parts, copied. It has one configuration of notifications, which
# this is then: where the bucket has one already, turn EventBridge on there, and bucket_notifications off.
resource "aws_s3_bucket_notification" "data" {
  count = var.bucket_notifications ? 1 : 0

  bucket      = var.bucket_name
  eventbridge = true
}
