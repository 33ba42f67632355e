output "TopicArn" {
  description = "Topic of the notifications."
  value       = aws_sns_topic.notifications.arn
}

output "Rules" {
  description = "Name of each rule."
  value       = { for name, rule in aws_cloudwatch_event_rule.rule : name => rule.name }
}

output "Functions" {
  description = "ARN of each function."
  value       = { for folder, function in module.function : folder => function.arn }
}

output "FailedEvents" {
  description = "Queues with events that could not be handled."
  value       = { for folder, queue in aws_sqs_queue.failed : folder => queue.url }
}
