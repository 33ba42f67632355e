output "DeploymentRoleArn" {
  description = "The workflow's role."
  value       = aws_iam_role.deployment.arn
}

output "StateBucket" {
  description = "Bucket of the Terraform states."
  value       = aws_s3_bucket.main["state"].bucket
}

output "ArtifactsBucket" {
  description = "Bucket of models, code, batches and scores; none in a dev account."
  value       = one([for key in keys(local.buckets) : aws_s3_bucket.main[key].bucket if key == "artifacts"])
}

output "KmsKeyArn" {
  description = "Key of both buckets."
  value       = aws_kms_key.main.arn
}
