# Who gets messages and alarms.

locals {
  topic = "${var.pipeline_inf}-notifications"
}

resource "aws_sns_topic" "notifications" {
  name              = local.topic
  kms_master_key_id = var.kms_key == "" ? null : var.kms_key
}

resource "aws_sns_topic_policy" "notifications" {
  arn = aws_sns_topic.notifications.arn

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "AlarmsOfTheAccount"
      Effect    = "Allow"
      Principal = { Service = "cloudwatch.amazonaws.com" }
      Action    = "sns:Publish"
      Resource  = aws_sns_topic.notifications.arn
      Condition = { StringEquals = { "aws:SourceAccount" = local.account } }
    }]
  })
}

# Each has to be confirmed by the mailbox's user.
resource "aws_sns_topic_subscription" "email" {
  for_each = toset(var.email_recipient)

  topic_arn = aws_sns_topic.notifications.arn
  protocol  = "email"
  endpoint  = each.value
}
