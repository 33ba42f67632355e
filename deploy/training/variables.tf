variable "region" {
  description = "AWS region."
  type        = string
}

variable "SageMakerProjectName" {
  description = "Name of the SageMaker Project; it is part of every name."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z][A-Za-z0-9-]{0,31}$", var.SageMakerProjectName))
    error_message = "SageMakerProjectName is of letters, digits and inner '-', 32 at most."
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
    error_message = "GitHubRepository is as \"owner/name\"."
  }
}

variable "GitHubBranch" {
  description = "Branch that it is started on."
  type        = string
  default     = "main"
}

variable "Workflow" {
  description = "File of the workflow, and no other."
  type        = string
  default     = "deploy.yml"
}

variable "GitHubTokenSecretArn" {
  description = "Secret of Secrets Manager with a token that may write the repository's actions, and nothing else."
  type        = string
}

variable "GitHubTokenKmsKeyArn" {
  description = "KMS key of that secret; empty for the account's own."
  type        = string
  default     = ""
}

variable "GitHubApiUrl" {
  description = "GitHub's API; another one for GitHub Enterprise Server."
  type        = string
  default     = "https://api.github.com"

  validation {
    condition     = startswith(var.GitHubApiUrl, "https://")
    error_message = "GitHubApiUrl is as https://..., as a token goes there."
  }
}

variable "FunctionZip" {
  description = "Code of the function that starts it; build.py writes it."
  type        = string
  default     = "dispatch_workflow.zip"
}

variable "TrainingPipeline" {
  description = "Pipeline that the schedule starts; run-pipeline makes it."
  type        = string
}

variable "TrainingScheduleExpression" {
  description = "When it is started: rate(...) or cron(...), in UTC."
  type        = string
  default     = "cron(0 3 1 * ? *)"

  validation {
    condition     = can(regex("^(rate\\((1 (minute|hour|day)|([2-9]|[1-9][0-9]+) (minutes|hours|days))\\)|cron\\(([^ ]+ ){5}[^ ]+\\))$", var.TrainingScheduleExpression))
    error_message = "TrainingScheduleExpression is as \"rate(30 days)\" or \"cron(0 3 1 * ? *)\"."
  }
}

variable "TrainingScheduleEnabled" {
  description = "Whether the schedule starts it."
  type        = bool
  default     = true
}

variable "TrainingParameters" {
  description = "The pipeline's parameters for a scheduled execution; those that are left out have their defaults."
  type        = map(string)
  default     = {}
}

variable "AlarmTopicArns" {
  description = "SNS topics that alarms tell."
  type        = list(string)
  default     = []
}

variable "LogRetentionDays" {
  description = "Days for which the function's log is kept."
  type        = number
  default     = 90
}
