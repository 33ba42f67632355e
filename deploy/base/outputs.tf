output "DeploymentRoleArn" {
  description = "The role that the workflow signs in as."
  value       = aws_iam_role.deployment.arn
}

output "StateBucket" {
  description = "Where Terraform states lie."
  value       = aws_s3_bucket.main["state"].bucket
}

output "ArtifactsBucket" {
  description = "Where models, code, batches and scores lie; none in a dev account."
  value       = one([for key in keys(local.buckets) : aws_s3_bucket.main[key].bucket if key == "artifacts"])
}

output "KmsKeyArn" {
  description = "The key of both."
  value       = aws_kms_key.main.arn
}
