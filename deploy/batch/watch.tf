# The dashboard of the pipeline, and alarms.

locals {
  executions = "AWS/Sagemaker/ModelBuildingPipeline"

  # Alarm -> its metric. One occurrence in five minutes raises it; missing data do not.
  alarms = {
    execution-failed = {
      namespace   = local.executions
      metric      = "ExecutionFailed"
      dimensions  = { PipelineName = var.BatchPipeline }
      description = "An execution of ${var.BatchPipeline} failed: drift, lost quality, bad rows or an error; see pipelines show ${var.BatchPipeline}"
    }
    not-started = {
      namespace   = "AWS/Events"
      metric      = "FailedInvocations"
      dimensions  = { RuleName = module.schedule.rule }
      description = "The schedule could not start ${var.BatchPipeline}"
    }
    no-model = {
      namespace   = "AWS/Lambda"
      metric      = "Errors"
      dimensions  = { FunctionName = module.approved_model.name }
      description = "No version to score with was found in ${var.ModelPackageGroupName}; approve one"
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "watch" {
  for_each = local.alarms

  alarm_name          = "${var.BatchPipeline}-${each.key}"
  alarm_description   = each.value.description
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  threshold           = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.AlarmTopicArns
  ok_actions          = var.AlarmTopicArns
}

resource "aws_cloudwatch_dashboard" "watch" {
  dashboard_name = "${var.BatchPipeline}-dashboard"

  dashboard_body = jsonencode({
    widgets = [
      {
        type = "metric", x = 0, y = 0, width = 12, height = 6
        properties = {
          title  = "Executions of the last week"
          view   = "singleValue"
          region = var.region
          stat   = "Sum"
          period = 604800
          metrics = [
            [local.executions, "ExecutionSucceeded", "PipelineName", var.BatchPipeline],
            [local.executions, "ExecutionFailed", "PipelineName", var.BatchPipeline],
          ]
        }
      },
      {
        type = "metric", x = 12, y = 0, width = 12, height = 6
        properties = {
          title  = "Minutes of an execution"
          view   = "timeSeries"
          region = var.region
          period = 86400
          metrics = [
            [{ expression = "duration / 60000", label = "average", id = "minutes" }],
            [local.executions, "ExecutionDuration", "PipelineName", var.BatchPipeline, { id = "duration", visible = false, stat = "Average" }],
          ]
        }
      },
      {
        type = "metric", x = 0, y = 6, width = 12, height = 6
        properties = {
          title  = "The schedule"
          view   = "timeSeries"
          region = var.region
          stat   = "Sum"
          period = 86400
          metrics = [
            ["AWS/Events", "Invocations", "RuleName", module.schedule.rule],
            ["AWS/Events", "FailedInvocations", "RuleName", module.schedule.rule],
          ]
        }
      },
      {
        type = "alarm", x = 12, y = 6, width = 12, height = 6
        properties = {
          title  = "Alarms"
          alarms = [for alarm in aws_cloudwatch_metric_alarm.watch : alarm.arn]
        }
      },
    ]
  })
}
