# terraform test: no AWS account is used.

mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "000000000000" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::000000000000:role/mocked" }
  }
  mock_resource "aws_lambda_function" {
    defaults = { arn = "arn:aws:lambda:us-east-1:000000000000:function:mocked" }
  }
  mock_resource "aws_cloudwatch_event_rule" {
    defaults = { arn = "arn:aws:events:us-east-1:000000000000:rule/mocked" }
  }
  mock_resource "aws_sqs_queue" {
    defaults = { arn = "arn:aws:sqs:us-east-1:000000000000:mocked", url = "https://sqs.us-east-1.amazonaws.com/000000000000/mocked" }
  }
  mock_resource "aws_sns_topic" {
    defaults = { arn = "arn:aws:sns:us-east-1:000000000000:mocked" }
  }
}

variables {
  region                   = "us-east-1"
  bucket_name              = "a-bucket"
  bucket_prefix            = "shells"
  role_arn                 = "arn:aws:iam::000000000000:role/jobs"
  model_package_group_name = "Shells"
}

run "what_is_made" {
  assert {
    condition     = length(aws_cloudwatch_event_rule.rule) == 6 && length(module.function) == 4
    error_message = "six rules and four functions"
  }
  assert {
    condition     = length(aws_sns_topic_subscription.email) == 0 && aws_sns_topic.notifications.kms_master_key_id == null
    error_message = "nobody is told unless they are named, and there is no key unless one is"
  }
  assert {
    condition     = alltrue([for target in aws_cloudwatch_event_target.rule : length(target.dead_letter_config) == 1])
    error_message = "an event that cannot be delivered goes into a queue"
  }
  assert {
    condition     = length(aws_cloudwatch_metric_alarm.failed) == 3
    error_message = "each queue has its alarm"
  }
}

run "what_is_asked_for" {
  variables {
    email_recipient        = ["one@example.com", "two@example.com"]
    kms_key                = "arn:aws:kms:us-east-1:000000000000:key/a-key"
    user_id                = "somebody"
    accuracy_mse_threshold = 5.5
  }
  assert {
    condition     = length(aws_sns_topic_subscription.email) == 2
    error_message = "two mailboxes"
  }
  assert {
    condition     = aws_sns_topic.notifications.kms_master_key_id == var.kms_key
    error_message = "the topic has the key"
  }
  assert {
    condition     = jsondecode(module.function["retrain"].environment.PARAMETERS).MseThreshold == "5.5"
    error_message = "the threshold is a retraining's parameter"
  }
}

run "a_wrong_key_of_a_notification" {
  command = plan
  variables {
    custom_notification_config = [{ step_name = "Train", step_status = "Failed", step_msg = "Oh" }]
  }
  expect_failures = [var.custom_notification_config]
}

run "one_key_too_many" {
  command = plan
  variables {
    custom_notification_config = [{ step_name = "Train", step_status = "Failed", step_custom_message = "Oh", colour = "red" }]
  }
  expect_failures = [var.custom_notification_config]
}

run "a_status_that_is_none" {
  command = plan
  variables {
    custom_notification_config = [{ step_name = "Train", step_status = "Broken", step_custom_message = "Oh" }]
    execution_statuses         = ["Broken"]
    step_statuses              = ["Executing"]
  }
  expect_failures = [var.custom_notification_config, var.execution_statuses, var.step_statuses]
}

run "names_that_are_none" {
  command = plan
  variables {
    bucket_name                = "s3://a-bucket"
    bucket_prefix              = "/shells/"
    bucket_train_prefix        = ""
    bucket_inf_prefix          = "a//b"
    role_arn                   = "jobs"
    model_package_group_name   = "my group"
    pipeline_train             = "my_pipeline"
    pipeline_trainwhpo         = "-pipeline"
    pipeline_inf               = "a-name-that-is-far-too-long-for-a-rules-name-and-a-queues"
    train_module               = "pipelines/abalone"
    notification_function_name = "my function"
    email_recipient            = ["somebody"]
    kms_key                    = "a-key"
    studio_url                 = "http://studio"
  }
  expect_failures = [
    var.bucket_name, var.bucket_prefix, var.bucket_train_prefix, var.bucket_inf_prefix,
    var.role_arn, var.model_package_group_name, var.pipeline_train, var.pipeline_trainwhpo, var.pipeline_inf,
    var.train_module, var.notification_function_name, var.email_recipient, var.kms_key, var.studio_url,
  ]
}

run "a_truths_folder_that_is_none" {
  command = plan
  variables {
    bucket_truth_prefix = "truth/"
  }
  expect_failures = [var.bucket_truth_prefix]
}

run "numbers_that_are_none" {
  command = plan
  variables {
    accuracy_mse_threshold = 0
    cool_down_hours        = -1
  }
  expect_failures = [var.accuracy_mse_threshold, var.cool_down_hours]
}

run "what_goes_together" {
  command = plan
  variables {
    subnet_id             = "subnet-1"
    upload_training_data  = true
    upload_inference_data = true
  }
  expect_failures = [var.subnet_id, var.training_data_file, var.inference_data_file]
}

run "folders_in_which_a_file_would_start_what_wrote_it" {
  command = plan
  variables {
    bucket_inf_prefix = "pipelines/inference"
  }
  expect_failures = [var.bucket_truth_prefix]
}

run "a_folder_in_another" {
  command = plan
  variables {
    bucket_train_prefix = "batch-scoring"
  }
  expect_failures = [var.bucket_truth_prefix]
}
