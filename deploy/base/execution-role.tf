# The role of the batch pipeline and its jobs.

locals {
  sagemaker = "arn:${local.partition}:sagemaker:${var.region}:${local.account}"
}

resource "aws_iam_role" "execution" {
  for_each = local.target

  name        = "sagemaker-${var.Environment}-execution"
  description = "Batch pipelines of ${var.Environment} and their jobs"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "sagemaker.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = local.account } }
    }]
  })
}

resource "aws_iam_role_policy" "execution" {
  for_each = local.target

  name = "batch"
  role = aws_iam_role.execution["target"].id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat([
      {
        # All jobs and models of a pipeline are named pipelines-<execution>-<step>-....
        Sid    = "JobsOfPipelines"
        Effect = "Allow"
        Action = [
          "sagemaker:CreateProcessingJob", "sagemaker:DescribeProcessingJob", "sagemaker:StopProcessingJob",
          "sagemaker:CreateTransformJob", "sagemaker:DescribeTransformJob", "sagemaker:StopTransformJob",
          "sagemaker:CreateModel", "sagemaker:DescribeModel", "sagemaker:AddTags",
        ]
        Resource = [for kind in ["processing-job", "transform-job", "model"] : "${local.sagemaker}:${kind}/pipelines-*"]
      },
      {
        Sid      = "ModelsOfTheRegistry"
        Effect   = "Allow"
        Action   = ["sagemaker:DescribeModelPackage"]
        Resource = ["${local.sagemaker}:model-package/*"]
      },
      {
        # Each execution is a trial of the pipeline's experiment.
        Sid    = "ExperimentOfThePipeline"
        Effect = "Allow"
        Action = [
          "sagemaker:CreateExperiment", "sagemaker:DescribeExperiment", "sagemaker:CreateTrial", "sagemaker:DescribeTrial",
          "sagemaker:CreateTrialComponent", "sagemaker:DescribeTrialComponent", "sagemaker:UpdateTrialComponent",
          "sagemaker:AssociateTrialComponent", "sagemaker:AddTags",
        ]
        Resource = [for kind in ["experiment", "experiment-trial", "experiment-trial-component"] : "${local.sagemaker}:${kind}/*"]
      },
      {
        Sid       = "JobsWorkAsThisRole"
        Effect    = "Allow"
        Action    = ["iam:PassRole"]
        Resource  = [aws_iam_role.execution["target"].arn]
        Condition = { StringEquals = { "iam:PassedToService" = "sagemaker.amazonaws.com" } }
      },
      {
        Sid      = "LookUpTheModel"
        Effect   = "Allow"
        Action   = ["lambda:InvokeFunction"]
        Resource = ["arn:${local.partition}:lambda:${var.region}:${local.account}:function:sagemaker-*-${var.Environment}-model"]
      },
      {
        Sid      = "FilesOfTheAccount"
        Effect   = "Allow"
        Action   = ["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload"]
        Resource = ["${aws_s3_bucket.main["artifacts"].arn}/*"]
      },
      {
        Sid      = "BucketOfTheAccount"
        Effect   = "Allow"
        Action   = ["s3:ListBucket", "s3:GetBucketLocation"]
        Resource = [aws_s3_bucket.main["artifacts"].arn]
      },
      {
        Sid      = "KeyOfTheAccount"
        Effect   = "Allow"
        Action   = ["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey", "kms:CreateGrant"]
        Resource = [aws_kms_key.main.arn]
      },
      {
        Sid      = "LogsOfJobs"
        Effect   = "Allow"
        Action   = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
        Resource = ["arn:${local.partition}:logs:${var.region}:${local.account}:log-group:/aws/sagemaker/*"]
      },
      {
        Sid       = "MetricsOfJobs"
        Effect    = "Allow"
        Action    = ["cloudwatch:PutMetricData"]
        Resource  = ["*"] # the action cannot be limited to resources; the condition limits it
        Condition = { StringLike = { "cloudwatch:namespace" = ["/aws/sagemaker/*", "aws/sagemaker/*"] } }
      },
      {
        Sid      = "SignInToRegistries"
        Effect   = "Allow"
        Action   = ["ecr:GetAuthorizationToken"]
        Resource = ["*"] # the action cannot be limited to resources
      },
      {
        # AWS's images are in AWS's accounts, a different one in each region.
        Sid      = "PullImages"
        Effect   = "Allow"
        Action   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
        Resource = ["arn:${local.partition}:ecr:${var.region}:*:repository/*"]
      },
      ],
      length(var.DataBuckets) > 0 ? [
        {
          Sid      = "ReadBatches"
          Effect   = "Allow"
          Action   = ["s3:GetObject", "s3:ListBucket"]
          Resource = flatten([for bucket in var.DataBuckets : ["arn:${local.partition}:s3:::${bucket}", "arn:${local.partition}:s3:::${bucket}/*"]])
        },
      ] : [],
      length(var.SubnetIds) > 0 ? [
        {
          Sid    = "NetworkOfJobs"
          Effect = "Allow"
          Action = [
            "ec2:CreateNetworkInterface", "ec2:CreateNetworkInterfacePermission", "ec2:DeleteNetworkInterface",
            "ec2:DeleteNetworkInterfacePermission", "ec2:DescribeDhcpOptions", "ec2:DescribeNetworkInterfaces",
            "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcs",
          ]
          Resource = ["*"] # half of the actions cannot be limited to resources, and the interfaces have no names before they are created
        },
    ] : [])
  })
}

# The upper limit for roles that a deployment creates, whatever their policies allow.
resource "aws_iam_policy" "boundary" {
  for_each = local.target

  name        = "sagemaker-${var.Environment}-boundary"
  description = "The upper limit for roles that a deployment creates"

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "LookUpModels"
        Effect   = "Allow"
        Action   = ["sagemaker:ListModelPackages", "sagemaker:DescribeModelPackage"]
        Resource = ["${local.sagemaker}:model-package-group/*", "${local.sagemaker}:model-package/*"]
      },
      {
        Sid      = "StartPipelines"
        Effect   = "Allow"
        Action   = ["sagemaker:StartPipelineExecution"]
        Resource = ["${local.sagemaker}:pipeline/*"]
      },
      {
        Sid      = "WriteLogs"
        Effect   = "Allow"
        Action   = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = ["arn:${local.partition}:logs:${var.region}:${local.account}:log-group:/aws/lambda/sagemaker-*"]
      },
    ]
  })
}
