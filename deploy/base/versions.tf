terraform {
  required_version = ">= 1.10"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100.0"
    }
  }

  # No backend: this creates the bucket for states. README.md describes how to move its own state there.
}

provider "aws" {
  region = var.region

  default_tags {
    tags = { Environment = var.Environment }
  }
}
