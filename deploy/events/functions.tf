# The functions: deploy/lambdas contains the code of each, its permissions, and the names of its variables' values.

locals {
  lambdas = "${path.module}/../lambdas"
  # Folder -> the function; one that events invoke has a queue for events that it could not handle.
  functions = {
    notify = {
      name        = var.notification_function_name, timeout = 60, has_queue = true
      description = "Notifies of what happens to ${var.pipeline_train}, ${var.pipeline_trainwhpo} and ${var.pipeline_inf}"
    }
    retrain = {
      name        = var.retraining_function_name, timeout = 900, has_queue = true
      description = "Starts ${var.pipeline_trainwhpo} if the model of ${var.pipeline_inf} has lost its quality"
    }
    start_pipeline = {
      name        = var.start_function_name, timeout = 60, has_queue = true
      description = "Starts ${var.pipeline_train} and ${var.pipeline_inf} on new files of ${var.bucket_name}"
    }
    get_approved_model = {
      name        = var.approved_model_function_name, timeout = 60, has_queue = false
      description = "The approved version of ${var.model_package_group_name}"
    }
  }
  groups = distinct([var.model_package_group_name, lower(var.model_package_group_name)])
}

module "function" {
  source   = "../modules/function"
  for_each = local.functions

  name        = each.value.name
  description = each.value.description
  archive     = "${path.module}/${each.key}.zip"
  timeout     = each.value.timeout
  policies = [
    for group in local.groups : templatefile("${local.lambdas}/${each.key}/policy.json", merge(local.names, { Group = group }))
  ]
  environment = {
    for variable, name in try(jsondecode(file("${local.lambdas}/${each.key}/environment.json")), {}) : variable => local.names[name]
  }
  dead_letter_arn          = each.value.has_queue ? aws_sqs_queue.failed[each.key].arn : ""
  kms_key_arn              = each.value.has_queue ? var.kms_key : ""
  permissions_boundary_arn = var.permissions_boundary_arn
  log_retention_days       = var.log_retention_days
}
