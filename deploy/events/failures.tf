# Events that a function could not handle wait in a queue, and an alarm reports them, so nothing is lost silently.

locals {
  queued      = toset([for folder, function in local.functions : folder if function.has_queue])
  queue_names = { for folder in local.queued : folder => "${var.pipeline_inf}-${replace(folder, "_", "-")}-failed" }
}

resource "aws_sqs_queue" "failed" {
  for_each = local.queued

  name                      = local.queue_names[each.key]
  message_retention_seconds = 1209600 # the maximum: two weeks
  sqs_managed_sse_enabled   = true

  # Not a resource of its own: the provider waits half a minute for each queue and again for each policy.
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "RulesThatCouldNotDeliver"
      Effect    = "Allow"
      Principal = { Service = "events.amazonaws.com" }
      Action    = "sqs:SendMessage"
      Resource  = "arn:${local.partition}:sqs:${var.region}:${local.account}:${local.queue_names[each.key]}"
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
