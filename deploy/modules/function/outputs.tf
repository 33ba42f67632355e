output "arn" {
  description = "ARN of the function."
  value       = aws_lambda_function.function.arn
}

output "name" {
  description = "Name of the function."
  value       = aws_lambda_function.function.function_name
}

output "environment" {
  description = "Its variables."
  value       = var.environment
}

output "statements" {
  description = "Policy of its role."
  value       = local.statements
}
