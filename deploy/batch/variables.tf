# Values that build.py looks up and adds to the static configuration.

variable "region" {
  description = "AWS region."
  type        = string
}

variable "Environment" {
  description = "This environment: preprod or prod. It is part of every name."
  type        = string

  validation {
    condition     = contains(["preprod", "prod"], var.Environment)
    error_message = "Environment must be preprod or prod."
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
  description = "Key of the definition; it contains the hash of the content."
  type        = string
}

variable "ApprovedModelFunction" {
  description = "Name of the Lambda function that looks up the approved version; the definition contains it."
  type        = string
}

variable "ApprovedModelCodeS3Key" {
  description = "Key of that function's code; it contains the hash of the content."
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
  description = "Number of that version in this account."
  type        = number
}

variable "ReleasedFrom" {
  description = "ARN of its original in the training account."
  type        = string
}

variable "ExecutionRoleArn" {
  description = "Role of the pipeline and its jobs."
  type        = string
}

variable "SubnetIds" {
  description = "Subnets of the jobs; empty for no VPC."
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

variable "KmsKeyArn" {
  description = "KMS key for the function's log; empty for the account's default key."
  type        = string
  default     = ""
}

variable "PermissionsBoundaryArn" {
  description = "Permissions boundary of the roles that are created here; empty for none."
  type        = string
  default     = ""
}

# The static configuration: *-config.tfvars.json.

variable "PinModelPackage" {
  description = "Whether to score with ModelPackageVersion even if a newer one is approved; false to look up the version each time."
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
    error_message = "ScheduleExpressionforPipeline must look like \"1 day\", \"rate(12 hours)\" or \"cron(0 6 * * ? *)\"."
  }
}

variable "ScheduleEnabled" {
  description = "Whether the schedule starts the pipeline."
  type        = bool
  default     = true
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

# The pipeline's parameters for each scheduled execution.

variable "ProcessingInstanceCount" {
  description = "Number of instances that prepare the batch."
  type        = number
  default     = 1
}

variable "ProcessingInstanceType" {
  description = "Type of these instances."
  type        = string
  default     = "ml.m5.xlarge"
}

variable "InferenceInstanceCount" {
  description = "Number of instances that score the batch."
  type        = number
  default     = 1
}

variable "InferenceInstanceType" {
  description = "Type of these instances."
  type        = string
  default     = "ml.m5.xlarge"
}

variable "InputDataUrl" {
  description = "S3 URI of the batch: a file or a prefix."
  type        = string

  validation {
    condition     = can(regex("^s3://[a-z0-9][a-z0-9.-]+[a-z0-9]/.+", var.InputDataUrl))
    error_message = "InputDataUrl must look like s3://bucket/key."
  }
}

variable "BadRows" {
  description = "What to do with rows that cannot be scored: Fail ends the execution, Drop leaves them out."
  type        = string
  default     = "Fail"

  validation {
    condition     = contains(["Fail", "Drop"], var.BadRows)
    error_message = "BadRows must be Fail or Drop."
  }
}

variable "FailOnViolation" {
  description = "Whether drift ends the execution."
  type        = bool
  default     = true
}

variable "GroundTruthAvailable" {
  description = "Whether the scores are compared with the ground truth."
  type        = bool
  default     = false
}

variable "GroundTruthUrl" {
  description = "S3 URI of the ground truth."
  type        = string
  default     = ""

  validation {
    condition     = !var.GroundTruthAvailable || startswith(var.GroundTruthUrl, "s3://")
    error_message = "GroundTruthAvailable needs a GroundTruthUrl, such as s3://bucket/key."
  }
}

variable "ModelQualityTolerance" {
  description = "How much worse a model may be than at its registration, as a fraction: 0.5 means by half."
  type        = number
  default     = 0.5
}

variable "DataQualityTolerance" {
  description = "Number of standard deviations by which a batch may exceed the baseline's missing or unlisted values; 0 for none."
  type        = number
  default     = 4
}
