output "rule" {
  description = "Name of the rule."
  value       = aws_cloudwatch_event_rule.schedule.name
}

output "expression" {
  description = "When the pipeline is started."
  value       = aws_cloudwatch_event_rule.schedule.schedule_expression
}
