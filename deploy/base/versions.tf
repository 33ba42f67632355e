terraform {
  required_version = ">= 1.10"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100.0"
    }
  }

  # No backend: this makes the bucket that states lie in. README.md says how its own state moves there.
}

provider "aws" {
  region = var.region

  default_tags {
    tags = { Environment = var.Environment }
  }
}
