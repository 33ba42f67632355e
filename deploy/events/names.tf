# Values that fill in patterns, policies and the functions' variables. settings.py has the same names for
# this machine; a test compares them.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

locals {
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition
  sagemaker = "arn:${local.partition}:sagemaker:${var.region}:${local.account}"
  bucket    = "s3://${var.bucket_name}"

  # ARNs of pipelines and groups exist in lower case, and with their own spelling.
  arns = {
    TrainingPipelineArn   = "${local.sagemaker}:pipeline/${var.pipeline_train}"
    RetrainingPipelineArn = "${local.sagemaker}:pipeline/${var.pipeline_trainwhpo}"
    InferencePipelineArn  = "${local.sagemaker}:pipeline/${var.pipeline_inf}"
    GroupArn              = "${local.sagemaker}:model-package-group/${var.model_package_group_name}"
    VersionsArn           = "${local.sagemaker}:model-package/${var.model_package_group_name}/*"
  }
  lower = { for name, arn in local.arns : "${name}InLowerCase" => lower(arn) }

  threshold = var.accuracy_mse_threshold == null ? {} : { MseThreshold = tostring(var.accuracy_mse_threshold) }

  names = merge(local.arns, local.lower, {
    Partition = local.partition
    Region    = var.region
    Account   = local.account

    Bucket          = var.bucket_name
    BucketArn       = "arn:${local.partition}:s3:::${var.bucket_name}"
    TrainingPrefix  = "${var.bucket_prefix}/${var.bucket_train_prefix}/"
    InferencePrefix = "${var.bucket_prefix}/${var.bucket_inf_prefix}/"
    TruthPrefix     = "${var.bucket_prefix}/${var.bucket_truth_prefix}/"
    OutputPrefix    = "${var.bucket_prefix}/pipelines/inference/"
    SnapshotsPrefix = "${var.bucket_prefix}/retraining/"
    TrainingData    = "${local.bucket}/${var.bucket_prefix}/${var.bucket_train_prefix}/"
    LabelledData    = "${local.bucket}/${var.bucket_prefix}/pipelines/inference/labelled/"
    Snapshots       = "${local.bucket}/${var.bucket_prefix}/retraining/"

    Group              = var.model_package_group_name
    TrainingPipeline   = var.pipeline_train
    RetrainingPipeline = var.pipeline_trainwhpo
    InferencePipeline  = var.pipeline_inf

    NotificationFunction = var.notification_function_name
    RetrainingFunction   = var.retraining_function_name
    StartFunction        = var.start_function_name
    Function             = var.approved_model_function_name

    TopicArn             = "arn:${local.partition}:sns:${var.region}:${local.account}:${local.topic}"
    ExecutionStatuses    = join(",", var.execution_statuses)
    StepStatuses         = join(",", var.step_statuses)
    CustomMessages       = jsonencode(var.custom_notification_config)
    StudioUrl            = var.studio_url
    CoolDownHours        = tostring(var.cool_down_hours)
    OnDrift              = tostring(var.retrain_on_drift)
    LabelStep            = "Label${var.use_case}Data"
    TrainingParameters   = jsonencode(merge(local.threshold, var.training_parameters))
    RetrainingParameters = jsonencode(merge(local.threshold, var.retraining_parameters))
    InferenceParameters  = jsonencode(var.inference_parameters)
  })
}
