terraform {
  required_version = ">= 1.10"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100.0"
    }
  }

  # Bucket, key and region are set by terraform init -backend-config; deploy/base creates the bucket.
  # The state is encrypted with the bucket's key: encrypt = true would use S3's own key instead of the account's.
  backend "s3" {
    use_lockfile = true
  }
}

provider "aws" {
  region = var.region

  default_tags {
    tags = {
      Environment              = "dev"
      "sagemaker:project-name" = var.SageMakerProjectName
    }
  }
}
