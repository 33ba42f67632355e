variable "region" {
  description = "AWS region."
  type        = string
}

variable "Environment" {
  description = "Purpose of this account: dev trains and is only read; preprod and prod are targets of deployments."
  type        = string

  validation {
    condition     = contains(["dev", "preprod", "prod"], var.Environment)
    error_message = "Environment must be dev, preprod or prod."
  }
}

variable "GitHubRepositories" {
  description = "Repositories whose workflow deploys, each as owner/name."
  type        = list(string)

  validation {
    condition     = length(var.GitHubRepositories) > 0 && alltrue([for one in var.GitHubRepositories : can(regex("^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$", one))])
    error_message = "GitHubRepositories must look like [\"owner/name\"], at least one, without wildcards."
  }
}

variable "GitHubBranch" {
  description = "The only branch whose workflow may deploy."
  type        = string
  default     = "main"
}

variable "GitHubEnvironments" {
  description = "Environments of the repository whose jobs may sign in to this account. Default: pre-production or production; both read a dev account."
  type        = list(string)
  default     = []
}

variable "CreateOidcProvider" {
  description = "Whether to create the account's OIDC provider for GitHub; false if it has one."
  type        = bool
  default     = true
}

variable "ArtifactsBuckets" {
  description = "In a dev account: the buckets with the models' files."
  type        = list(string)
  default     = []
}

variable "ArtifactsKmsKeyArns" {
  description = "In a dev account: the KMS keys of those buckets, if they have their own."
  type        = list(string)
  default     = []
}

variable "DataBuckets" {
  description = "Further buckets from which batches and their ground truth are read."
  type        = list(string)
  default     = []
}

variable "SubnetIds" {
  description = "Private subnets of the jobs; none for no VPC."
  type        = list(string)
  default     = []
}

variable "SGIds" {
  description = "Security groups of the jobs."
  type        = list(string)
  default     = []

  validation {
    condition     = (length(var.SGIds) == 0) == (length(var.SubnetIds) == 0)
    error_message = "SubnetIds and SGIds go together; give both or neither."
  }
}
