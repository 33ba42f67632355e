output "FunctionArn" {
  description = "ARN of the function that starts the workflow."
  value       = module.dispatch.arn
}

output "ApprovalRule" {
  description = "Name of the rule for approvals."
  value       = aws_cloudwatch_event_rule.approval.name
}

output "TrainingSchedule" {
  description = "When a new model is trained."
  value       = module.schedule.expression
}
