# Events that a function could not handle wait in a queue, and an alarm reports them, so nothing is lost silently.

locals {
  queued = toset([for folder, function in local.functions : folder if function.has_queue])
}

resource "aws_sqs_queue" "failed" {
  for_each = local.queued

  name                      = "${var.pipeline_inf}-${replace(each.key, "_", "-")}-failed"
  message_retention_seconds = 1209600 # the maximum: two weeks
  sqs_managed_sse_enabled   = true
}

resource "aws_sqs_queue_policy" "failed" {
  for_each = local.queued

  queue_url = aws_sqs_queue.failed[each.key].id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "RulesThatCouldNotDeliver"
      Effect    = "Allow"
      Principal = { Service = "events.amazonaws.com" }
      Action    = "sqs:SendMessage"
      Resource  = aws_sqs_queue.failed[each.key].arn
      Condition = { ArnEquals = { "aws:SourceArn" = [for name, function in local.rules : aws_cloudwatch_event_rule.rule[name].arn if function == each.key] } }
    }]
  })
}

resource "aws_cloudwatch_metric_alarm" "failed" {
  for_each = local.queued

  alarm_name          = aws_sqs_queue.failed[each.key].name
  alarm_description   = "${local.functions[each.key].name} could not handle an event, which waits in the queue ${aws_sqs_queue.failed[each.key].name}; its log /aws/lambda/${local.functions[each.key].name} says why"
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateNumberOfMessagesVisible"
  dimensions          = { QueueName = aws_sqs_queue.failed[each.key].name }
  statistic           = "Maximum"
  period              = 300
  evaluation_periods  = 1
  threshold           = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.notifications.arn]
  ok_actions          = [aws_sns_topic.notifications.arn]
}
