# Rules: rules.json says which function each rule invokes, patterns/ which events it selects. Tests read these files, too.

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

  statement_id  = each.key
  action        = "lambda:InvokeFunction"
  function_name = module.function[each.value].name
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.rule[each.key].arn
}
