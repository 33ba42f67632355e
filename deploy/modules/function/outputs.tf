output "arn" {
  description = "ARN of the function."
  value       = aws_lambda_function.function.arn
}

output "name" {
  description = "Its name."
  value       = aws_lambda_function.function.function_name
}

output "environment" {
  description = "Its variables."
  value       = var.environment
}

output "statements" {
  description = "What its role may do."
  value       = local.statements
}
