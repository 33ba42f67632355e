# What build.py finds out, and writes beside the static configuration.

variable "region" {
  description = "AWS region."
  type        = string
}

variable "Environment" {
  description = "Environment that this is: preprod or prod. It is part of every name."
  type        = string

  validation {
    condition     = contains(["preprod", "prod"], var.Environment)
    error_message = "Environment is preprod or prod."
  }
}

variable "SageMakerProjectName" {
  description = "Name of the SageMaker Project."
  type        = string
}

variable "SageMakerProjectId" {
  description = "Id of the SageMaker Project."
  type        = string
}

variable "BatchPipeline" {
  description = "Name of the pipeline: project, id and environment."
  type        = string
}

variable "ProjectBucket" {
  description = "Bucket with the pipeline's code, its definition and the model's files."
  type        = string
}

variable "PipelineDefinitionS3Key" {
  description = "Key of the definition; it holds the hash of the content."
  type        = string
}

variable "ApprovedModelFunction" {
  description = "Name of the Lambda function that looks up the approved version; the definition calls it by that."
  type        = string
}

variable "ApprovedModelCodeS3Key" {
  description = "Key of that function's code; it holds the hash of the content."
  type        = string
}

variable "ModelPackageGroupName" {
  description = "Model package group whose newest approved version scores."
  type        = string
}

variable "ModelPackageName" {
  description = "ARN of the version that was released."
  type        = string
}

variable "ModelPackageVersion" {
  description = "Its number in this account."
  type        = number
}

variable "ReleasedFrom" {
  description = "ARN of the version in the training account that it is a copy of."
  type        = string
}

variable "ExecutionRoleArn" {
  description = "Role of the pipeline and its jobs."
  type        = string
}

variable "SubnetIds" {
  description = "Subnets of the jobs; none for no VPC."
  type        = list(string)
  default     = []
}

variable "SGIds" {
  description = "Security groups of the jobs."
  type        = list(string)
  default     = []

  validation {
    condition     = (length(var.SGIds) == 0) == (length(var.SubnetIds) == 0)
    error_message = "SubnetIds and SGIds go together: give both or neither."
  }
}

variable "KmsKeyArn" {
  description = "KMS key for the function's log; empty for the account's own."
  type        = string
  default     = ""
}

variable "PermissionsBoundaryArn" {
  description = "What the roles made here may do at most; empty for no boundary."
  type        = string
  default     = ""
}

# What a person decides: *-config.tfvars.json.

variable "PinModelPackage" {
  description = "Score with ModelPackageVersion, whatever is approved later; false to look it up each time."
  type        = bool
  default     = false
}

variable "ScheduleExpressionforPipeline" {
  description = "When the batch is scored: \"1 day\", rate(...) or cron(...), in UTC."
  type        = string
  default     = "1 day"

  validation {
    condition = can(regex(
      "^((1 (minute|hour|day)|([2-9]|[1-9][0-9]+) (minutes|hours|days))|rate\\((1 (minute|hour|day)|([2-9]|[1-9][0-9]+) (minutes|hours|days))\\)|cron\\(([^ ]+ ){5}[^ ]+\\))$",
      var.ScheduleExpressionforPipeline
    ))
    error_message = "ScheduleExpressionforPipeline is as \"1 day\", \"rate(12 hours)\" or \"cron(0 6 * * ? *)\"."
  }
}

variable "ScheduleEnabled" {
  description = "Whether the schedule starts the pipeline."
  type        = bool
  default     = true
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

# The pipeline's parameters, which each scheduled execution is given.

variable "ProcessingInstanceCount" {
  description = "Instances that prepare the batch."
  type        = number
  default     = 1
}

variable "ProcessingInstanceType" {
  description = "Their type."
  type        = string
  default     = "ml.m5.xlarge"
}

variable "InferenceInstanceCount" {
  description = "Instances that score it."
  type        = number
  default     = 1
}

variable "InferenceInstanceType" {
  description = "Their type."
  type        = string
  default     = "ml.m5.xlarge"
}

variable "InputDataUrl" {
  description = "S3 URI of the batch: a file, or a prefix."
  type        = string

  validation {
    condition     = can(regex("^s3://[a-z0-9][a-z0-9.-]+[a-z0-9]/.+", var.InputDataUrl))
    error_message = "InputDataUrl is as s3://bucket/key."
  }
}

variable "BadRows" {
  description = "Rows that cannot be scored: Fail ends the execution, Drop leaves them out."
  type        = string
  default     = "Fail"

  validation {
    condition     = contains(["Fail", "Drop"], var.BadRows)
    error_message = "BadRows is Fail or Drop."
  }
}

variable "FailOnViolation" {
  description = "Whether drift ends the execution."
  type        = bool
  default     = true
}

variable "GroundTruthAvailable" {
  description = "Whether the scores are compared with a truth."
  type        = bool
  default     = false
}

variable "GroundTruthUrl" {
  description = "S3 URI of that truth."
  type        = string
  default     = ""

  validation {
    condition     = !var.GroundTruthAvailable || startswith(var.GroundTruthUrl, "s3://")
    error_message = "GroundTruthAvailable needs a GroundTruthUrl, as s3://bucket/key."
  }
}

variable "ModelQualityTolerance" {
  description = "How much worse than when it was registered a model may be, as a share: 0.5 is by half."
  type        = number
  default     = 0.5
}

variable "DataQualityTolerance" {
  description = "By how many standard deviations a batch may have more gaps or unlisted values than the baseline; 0 for none."
  type        = number
  default     = 4
}
