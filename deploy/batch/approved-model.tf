# The function with which an execution looks up the version to score with: deploy/lambdas/get_approved_model.

module "approved_model" {
  source = "../modules/function"

  name        = var.ApprovedModelFunction
  description = "The approved version of ${var.ModelPackageGroupName}"
  s3_bucket   = var.ProjectBucket
  s3_key      = var.ApprovedModelCodeS3Key
  environment = var.PinModelPackage ? { MODEL_PACKAGE_VERSION = var.ModelPackageVersion } : {}

  # ARNs of model package groups exist in lower case, and with the group's own spelling.
  policies = [
    for group in distinct([var.ModelPackageGroupName, lower(var.ModelPackageGroupName)]) :
    templatefile("${path.module}/../lambdas/get_approved_model/policy.json", {
      Partition = data.aws_partition.current.partition
      Region    = var.region
      Account   = data.aws_caller_identity.current.account_id
      Function  = var.ApprovedModelFunction
      Group     = group
    })
  ]
  permissions_boundary_arn = var.PermissionsBoundaryArn
  log_retention_days       = var.LogRetentionDays
  log_kms_key_arn          = var.KmsKeyArn
}
