variable "region" {
  description = "AWS region."
  type        = string
}

variable "bucket_name" {
  description = "Existing bucket for the data and the pipelines' outputs."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.bucket_name))
    error_message = "bucket_name must be the name of a bucket, without s3://."
  }
}

variable "bucket_prefix" {
  description = "Folder in the bucket for everything in this project."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*$", var.bucket_prefix))
    error_message = "bucket_prefix must consist of letters, digits, '_', '-' and inner '/'."
  }
}

variable "bucket_train_prefix" {
  description = "Folder below bucket_prefix: a new file in it starts a training on all files there."
  type        = string
  default     = "training/data/raw"

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*$", var.bucket_train_prefix))
    error_message = "bucket_train_prefix must consist of letters, digits, '_', '-' and inner '/'."
  }
}

variable "bucket_inf_prefix" {
  description = "Folder below bucket_prefix: a new file in it is scored."
  type        = string
  default     = "batch-scoring/data/raw"

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*$", var.bucket_inf_prefix))
    error_message = "bucket_inf_prefix must consist of letters, digits, '_', '-' and inner '/'."
  }
}

variable "bucket_truth_prefix" {
  description = "Folder below bucket_prefix: a new file in it is the ground truth of the batch of the same name."
  type        = string
  default     = "batch-scoring/data/truth"

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*$", var.bucket_truth_prefix))
    error_message = "bucket_truth_prefix must consist of letters, digits, '_', '-' and inner '/'."
  }

  # Files that the pipelines and the functions write must not start pipelines.
  validation {
    condition = alltrue([
      for pair in setproduct(
        [var.bucket_train_prefix, var.bucket_inf_prefix, var.bucket_truth_prefix, "pipelines", "retraining"],
        [var.bucket_train_prefix, var.bucket_inf_prefix, var.bucket_truth_prefix, "pipelines", "retraining"],
      ) : pair[0] == pair[1] || !startswith("${pair[1]}/", "${pair[0]}/")
    ]) && length(distinct([var.bucket_train_prefix, var.bucket_inf_prefix, var.bucket_truth_prefix])) == 3
    error_message = "bucket_train_prefix, bucket_inf_prefix and bucket_truth_prefix must be three folders, none inside another, nor inside or around pipelines or retraining."
  }
}

variable "role_arn" {
  description = "Role of the pipelines and their jobs."
  type        = string

  validation {
    condition     = can(regex("^arn:[^:]+:iam::[0-9]{12}:role/.+$", var.role_arn))
    error_message = "role_arn must look like \"arn:aws:iam::<account>:role/<name>\"."
  }
}

variable "model_package_group_name" {
  description = "Model package group in which versions are registered, and whose newest approved version scores."
  type        = string

  validation {
    condition     = can(regex("^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$", var.model_package_group_name))
    error_message = "model_package_group_name must consist of 1 to 63 letters, digits and inner '-'."
  }
}

variable "pipeline_train" {
  description = "Name of the training pipeline."
  type        = string
  default     = "TrainingPipeline"

  validation {
    condition     = can(regex("^[a-zA-Z0-9](-*[a-zA-Z0-9])*$", var.pipeline_train)) && length(var.pipeline_train) <= 40
    error_message = "pipeline_train must consist of letters, digits and inner '-', at most 40."
  }
}

variable "pipeline_trainwhpo" {
  description = "Name of the training pipeline with tuning, which is used for retraining."
  type        = string
  default     = "TrainingWHPOPipeline"

  validation {
    condition     = can(regex("^[a-zA-Z0-9](-*[a-zA-Z0-9])*$", var.pipeline_trainwhpo)) && length(var.pipeline_trainwhpo) <= 40
    error_message = "pipeline_trainwhpo must consist of letters, digits and inner '-', at most 40."
  }
}

variable "pipeline_inf" {
  description = "Name of the batch pipeline; rules, queues and the topic begin with it."
  type        = string
  default     = "InferencePipeline"

  validation {
    condition     = can(regex("^[a-zA-Z0-9](-*[a-zA-Z0-9])*$", var.pipeline_inf)) && length(var.pipeline_inf) <= 40
    error_message = "pipeline_inf must consist of letters, digits and inner '-', at most 40."
  }
}

variable "use_case" {
  description = "Name of the use case in the batch pipeline's step names."
  type        = string
  default     = "Abalone"
}

variable "train_module" {
  description = "Module whose get_pipeline returns the training pipeline."
  type        = string
  default     = "pipelines.abalone.pipeline"

  validation {
    condition     = can(regex("^[A-Za-z_][A-Za-z0-9_]*(\\.[A-Za-z_][A-Za-z0-9_]*)*$", var.train_module))
    error_message = "train_module must be a module's name, such as pipelines.abalone.pipeline."
  }
}

variable "trainwhpo_module" {
  description = "Module whose get_pipeline returns the pipeline with tuning."
  type        = string
  default     = "pipelines.abalone_tuning.pipeline"

  validation {
    condition     = can(regex("^[A-Za-z_][A-Za-z0-9_]*(\\.[A-Za-z_][A-Za-z0-9_]*)*$", var.trainwhpo_module))
    error_message = "trainwhpo_module must be a module's name, such as pipelines.abalone.pipeline."
  }
}

variable "training_arguments" {
  description = "Further arguments of the training pipeline's get_pipeline; build.py reads them."
  type        = any
  default     = {}
}

variable "retraining_arguments" {
  description = "The same for the pipeline with tuning, such as {\"max_jobs\": 20}."
  type        = any
  default     = {}
}

variable "inference_arguments" {
  description = "The same for the batch pipeline."
  type        = any
  default     = {}
}

variable "training_parameters" {
  description = "Parameters of executions for new training data; all others have their defaults. By default new baselines are registered, because the first version has none to compare with."
  type        = map(string)
  default = {
    SkipDataQualityCheck                   = "true"
    RegisterNewDataQualityBaseline         = "true"
    SkipDataBiasCheck                      = "true"
    RegisterNewDataBiasBaseline            = "true"
    SkipModelQualityCheck                  = "true"
    RegisterNewModelQualityBaseline        = "true"
    SkipModelBiasCheck                     = "true"
    RegisterNewModelBiasBaseline           = "true"
    SkipModelExplainabilityCheck           = "true"
    RegisterNewModelExplainabilityBaseline = "true"
  }
}

variable "retraining_parameters" {
  description = "Parameters of a retraining; all others have their defaults. By default checks are skipped and new baselines registered, because the data differ from those of the old baselines."
  type        = map(string)
  default = {
    SkipDataQualityCheck                   = "true"
    RegisterNewDataQualityBaseline         = "true"
    SkipDataBiasCheck                      = "true"
    RegisterNewDataBiasBaseline            = "true"
    SkipModelQualityCheck                  = "true"
    RegisterNewModelQualityBaseline        = "true"
    SkipModelBiasCheck                     = "true"
    RegisterNewModelBiasBaseline           = "true"
    SkipModelExplainabilityCheck           = "true"
    RegisterNewModelExplainabilityBaseline = "true"
  }
}

variable "inference_parameters" {
  description = "Parameters of executions for a new batch."
  type        = map(string)
  default     = {}
}

variable "accuracy_mse_threshold" {
  description = "Largest mse with which a model is registered; null for the pipelines' default."
  type        = number
  default     = null

  validation {
    condition     = var.accuracy_mse_threshold == null ? true : var.accuracy_mse_threshold > 0
    error_message = "accuracy_mse_threshold must be above 0."
  }
}

variable "cool_down_hours" {
  description = "Hours after the start of a retraining during which no other one starts."
  type        = number
  default     = 24

  validation {
    condition     = var.cool_down_hours >= 0
    error_message = "cool_down_hours must be at least 0."
  }
}

variable "retrain_on_drift" {
  description = "Whether drift starts a retraining, not only lost quality. In both cases there has to be ground truth."
  type        = bool
  default     = true
}

variable "email_recipient" {
  description = "Users who are notified by e-mail; each has to confirm."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for one in var.email_recipient : can(regex("^[^@ ]+@[^@ ]+$", one))])
    error_message = "email_recipient must look like [\"name@example.com\"]."
  }
}

variable "execution_statuses" {
  description = "Statuses of executions that lead to a notification."
  type        = list(string)
  default     = ["Executing", "Succeeded", "Failed", "Stopped"]

  validation {
    condition     = length(setsubtract(var.execution_statuses, ["Executing", "Succeeded", "Failed", "Stopping", "Stopped"])) == 0
    error_message = "execution_statuses must be some of Executing, Succeeded, Failed, Stopping and Stopped."
  }
}

variable "step_statuses" {
  description = "Statuses of any step that lead to a notification; a notification about a failed execution lists its failed steps anyway."
  type        = list(string)
  default     = []

  validation {
    condition     = length(setsubtract(var.step_statuses, ["Starting", "Succeeded", "Failed", "Stopping", "Stopped"])) == 0
    error_message = "step_statuses must be some of Starting, Succeeded, Failed, Stopping and Stopped."
  }
}

variable "custom_notification_config" {
  description = "Notifications about steps with your own text, each with step_name, step_status and step_custom_message."
  type        = list(map(string))
  default     = []

  validation {
    condition = alltrue([for one in var.custom_notification_config :
      toset(keys(one)) == toset(["step_name", "step_status", "step_custom_message"]) &&
      contains(["Starting", "Succeeded", "Failed", "Stopping", "Stopped"], lookup(one, "step_status", ""))
    ])
    error_message = "Each custom_notification_config must have exactly step_name, step_status (Starting, Succeeded, Failed, Stopping or Stopped) and step_custom_message."
  }
}

variable "studio_url" {
  description = "URL of the SageMaker Studio domain, for links to executions; empty to link to the console."
  type        = string
  default     = ""

  validation {
    condition     = var.studio_url == "" || startswith(var.studio_url, "https://")
    error_message = "studio_url must look like https://..."
  }
}

variable "notification_function_name" {
  description = "Name of the function that sends notifications."
  type        = string
  default     = "sagemaker-pipeline-notification"

  validation {
    condition     = can(regex("^[a-zA-Z0-9_-]{1,59}$", var.notification_function_name))
    error_message = "notification_function_name must consist of letters, digits, '_' and '-', at most 59."
  }
}

variable "retraining_function_name" {
  description = "Name of the function that starts a retraining."
  type        = string
  default     = "sagemaker-pipeline-retraining"

  validation {
    condition     = can(regex("^[a-zA-Z0-9_-]{1,59}$", var.retraining_function_name))
    error_message = "retraining_function_name must consist of letters, digits, '_' and '-', at most 59."
  }
}

variable "start_function_name" {
  description = "Name of the function that starts pipelines for new files."
  type        = string
  default     = "sagemaker-pipeline-start"

  validation {
    condition     = can(regex("^[a-zA-Z0-9_-]{1,59}$", var.start_function_name))
    error_message = "start_function_name must consist of letters, digits, '_' and '-', at most 59."
  }
}

variable "approved_model_function_name" {
  description = "Name of the function that looks up the approved version."
  type        = string
  default     = "sagemaker-pipeline-approved-model"

  validation {
    condition     = can(regex("^[a-zA-Z0-9_-]{1,59}$", var.approved_model_function_name))
    error_message = "approved_model_function_name must consist of letters, digits, '_' and '-', at most 59."
  }
}

variable "kms_key" {
  description = "ARN of the KMS key of bucket, jobs and topic; its policy has to let cloudwatch.amazonaws.com use it, for alarms. Empty for none."
  type        = string
  default     = ""

  validation {
    condition     = var.kms_key == "" || can(regex("^arn:[^:]+:kms:[^:]+:[0-9]{12}:key/.+$", var.kms_key))
    error_message = "kms_key must be the ARN of a key."
  }
}

variable "subnet_id" {
  description = "Subnet of the jobs; empty for no VPC."
  type        = string
  default     = ""

  validation {
    condition     = (var.subnet_id == "") == (var.sg_id == "")
    error_message = "subnet_id and sg_id go together; give both or neither."
  }
}

variable "sg_id" {
  description = "Security group of the jobs."
  type        = string
  default     = ""
}

variable "user_id" {
  description = "Owner, as a tag of all resources; empty for no tag."
  type        = string
  default     = ""
}

variable "tags" {
  description = "Further tags."
  type        = map(string)
  default     = {}
}

variable "recreate_pipelines" {
  description = "Whether build.py deletes the pipelines, with the history of their executions, before it creates them."
  type        = bool
  default     = false
}

variable "upload_training_data" {
  description = "Whether build.py upload uploads training_data_file, which starts a training."
  type        = bool
  default     = false
}

variable "upload_inference_data" {
  description = "Whether build.py upload uploads inference_data_file, which is then scored."
  type        = bool
  default     = false
}

variable "training_data_file" {
  description = "Local file to upload."
  type        = string
  default     = ""

  validation {
    condition     = var.training_data_file != "" || !var.upload_training_data
    error_message = "upload_training_data needs training_data_file."
  }
}

variable "inference_data_file" {
  description = "Local file to upload."
  type        = string
  default     = ""

  validation {
    condition     = var.inference_data_file != "" || !var.upload_inference_data
    error_message = "upload_inference_data needs inference_data_file."
  }
}

variable "permissions_boundary_arn" {
  description = "Permissions boundary of the functions' roles, which has to include deploy/lambdas/*/policy.json, sqs:SendMessage and the key; empty for none."
  type        = string
  default     = ""
}

variable "log_retention_days" {
  description = "Days to keep the functions' logs."
  type        = number
  default     = 90
}
