terraform {
  required_version = ">= 1.10"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100.0"
    }
  }

  # Bucket, key and region come with terraform init -backend-config; deploy/base makes the bucket.
  # It is encrypted as the bucket is: encrypt = true would ask for S3's own key instead of the account's.
  backend "s3" {
    use_lockfile = true
  }
}

provider "aws" {
  region = var.region

  default_tags {
    tags = merge(var.tags, var.user_id == "" ? {} : { user_id = var.user_id })
  }
}
