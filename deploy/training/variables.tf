variable "region" {
  description = "AWS region."
  type        = string
}

variable "SageMakerProjectName" {
  description = "Name of the SageMaker Project; it is part of every name."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z][A-Za-z0-9-]{0,31}$", var.SageMakerProjectName))
    error_message = "SageMakerProjectName must consist of letters, digits and inner '-', at most 32."
  }
}

variable "ModelPackageGroupName" {
  description = "Model package group in which an approval starts a deployment."
  type        = string
}

variable "GitHubRepository" {
  description = "Repository whose workflow is started, as owner/name."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$", var.GitHubRepository))
    error_message = "GitHubRepository must look like \"owner/name\"."
  }
}

variable "GitHubBranch" {
  description = "Branch on which it is started."
  type        = string
  default     = "main"
}

variable "Workflow" {
  description = "File of the workflow that is started."
  type        = string
  default     = "deploy.yml"
}

variable "GitHubTokenSecretArn" {
  description = "Secret in Secrets Manager with a token that may only write the repository's actions."
  type        = string
}

variable "GitHubTokenKmsKeyArn" {
  description = "KMS key of that secret; empty for the account's default key."
  type        = string
  default     = ""
}

variable "GitHubApiUrl" {
  description = "URL of GitHub's API, which is different for GitHub Enterprise Server."
  type        = string
  default     = "https://api.github.com"

  validation {
    condition     = startswith(var.GitHubApiUrl, "https://")
    error_message = "GitHubApiUrl must look like https://..., because a token is sent there."
  }
}

variable "FunctionZip" {
  description = "Archive with the code of the function that starts the workflow; build.py writes it."
  type        = string
  default     = "dispatch_workflow.zip"
}

variable "TrainingPipeline" {
  description = "Pipeline that the schedule starts; run-pipeline creates it."
  type        = string
}

variable "TrainingScheduleExpression" {
  description = "When the pipeline is started: rate(...) or cron(...), in UTC."
  type        = string
  default     = "cron(0 3 1 * ? *)"

  validation {
    condition     = can(regex("^(rate\\((1 (minute|hour|day)|([2-9]|[1-9][0-9]+) (minutes|hours|days))\\)|cron\\(([^ ]+ ){5}[^ ]+\\))$", var.TrainingScheduleExpression))
    error_message = "TrainingScheduleExpression must look like \"rate(30 days)\" or \"cron(0 3 1 * ? *)\"."
  }
}

variable "TrainingScheduleEnabled" {
  description = "Whether the schedule is enabled."
  type        = bool
  default     = true
}

variable "TrainingParameters" {
  description = "The pipeline's parameters for a scheduled execution; all others have their defaults."
  type        = map(string)
  default     = {}
}

variable "AlarmTopicArns" {
  description = "SNS topics that alarms notify."
  type        = list(string)
  default     = []
}

variable "LogRetentionDays" {
  description = "Days to keep the function's log."
  type        = number
  default     = 90
}
