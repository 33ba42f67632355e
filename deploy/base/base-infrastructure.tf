# What an account needs before anything is deployed to it.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

locals {
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition
  is_target = var.Environment != "dev"
  target    = local.is_target ? toset(["target"]) : toset([])

  buckets = merge(
    { state = "terraform-state-${var.Environment}-${var.region}-${local.account}" },
    local.is_target ? { artifacts = "mlops-${var.Environment}-${var.region}-${local.account}" } : {},
  )
}

resource "aws_kms_key" "main" {
  description         = "States, models, batches and logs of ${var.Environment}"
  enable_key_rotation = true

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "TheAccountDecides"
        Effect    = "Allow"
        Principal = { AWS = "arn:${local.partition}:iam::${local.account}:root" }
        Action    = "kms:*" # lets the account's policies say who may use the key: without this nobody could ever use or change it
        Resource  = "*"     # in a key's own policy: this key
      },
      {
        Sid       = "LogsOfTheAccount"
        Effect    = "Allow"
        Principal = { Service = "logs.${var.region}.amazonaws.com" }
        Action    = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:GenerateDataKey", "kms:DescribeKey"]
        Resource  = "*" # in a key's own policy: this key
        Condition = {
          ArnLike = { "kms:EncryptionContext:aws:logs:arn" = "arn:${local.partition}:logs:${var.region}:${local.account}:log-group:*" }
        }
      },
    ]
  })
}

resource "aws_kms_alias" "main" {
  name          = "alias/sagemaker-${var.Environment}"
  target_key_id = aws_kms_key.main.key_id
}

resource "aws_s3_bucket" "main" {
  for_each = local.buckets

  bucket = each.value
}

resource "aws_s3_bucket_versioning" "main" {
  for_each = local.buckets

  bucket = aws_s3_bucket.main[each.key].id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "main" {
  for_each = local.buckets

  bucket = aws_s3_bucket.main[each.key].id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.main.arn
    }
  }
}

resource "aws_s3_bucket_public_access_block" "main" {
  for_each = local.buckets

  bucket                  = aws_s3_bucket.main[each.key].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_lifecycle_configuration" "main" {
  for_each = local.buckets

  bucket = aws_s3_bucket.main[each.key].id

  rule {
    id     = "what-was-never-finished"
    status = "Enabled"

    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }
}

resource "aws_s3_bucket_policy" "main" {
  for_each = local.buckets

  bucket = aws_s3_bucket.main[each.key].id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "EncryptedConnectionsOnly"
      Effect    = "Deny"
      Principal = "*"    # denied for everybody
      Action    = "s3:*" # every action is denied
      Resource  = [aws_s3_bucket.main[each.key].arn, "${aws_s3_bucket.main[each.key].arn}/*"]
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  })
}

# The parameters of an account that build.py reads.

resource "aws_ssm_parameter" "facts" {
  for_each = local.is_target ? merge(
    {
      "/${var.Environment}/sagemaker_ml_artifacts_s3_bucket"   = aws_s3_bucket.main["artifacts"].bucket
      "/${var.Environment}/sagemaker_role_arn"                 = aws_iam_role.execution["target"].arn
      "/${var.Environment}/sagemaker_kms_key_arn"              = aws_kms_key.main.arn
      "/${var.Environment}/sagemaker_permissions_boundary_arn" = aws_iam_policy.boundary["target"].arn
    },
    length(var.SubnetIds) > 0 ? {
      "sagemaker-domain-sg" = join(",", var.SGIds)
      "private-subnets-ids" = join(",", var.SubnetIds)
    } : {},
  ) : {}

  name  = each.key
  type  = "String"
  value = each.value
}
