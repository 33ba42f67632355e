# The role that deploys: a workflow of the repository, signed in by OpenID Connect, without a long-lived key.

locals {
  github       = "token.actions.githubusercontent.com"
  names        = { preprod = ["pre-production"], prod = ["production"], dev = ["pre-production", "production"] }
  environments = length(var.GitHubEnvironments) > 0 ? var.GitHubEnvironments : local.names[var.Environment]
  provider_arn = var.CreateOidcProvider ? aws_iam_openid_connect_provider.github["main"].arn : "arn:${local.partition}:iam::${local.account}:oidc-provider/${local.github}"

  iam    = "arn:${local.partition}:iam::${local.account}"
  suffix = "${var.region}:${local.account}"
  # Names that a deployment creates: project, environment, purpose.
  roles     = ["${local.iam}:role/sagemaker-*-${var.Environment}-model-role", "${local.iam}:role/sagemaker-*-${var.Environment}-schedule"]
  functions = ["arn:${local.partition}:lambda:${local.suffix}:function:sagemaker-*-${var.Environment}-model"]
  rules     = ["arn:${local.partition}:events:${local.suffix}:rule/*-${var.Environment}-schedule"]
  alarms    = ["arn:${local.partition}:cloudwatch:${local.suffix}:alarm:*-${var.Environment}-*"]
}

resource "aws_iam_openid_connect_provider" "github" {
  for_each = var.CreateOidcProvider ? toset(["main"]) : toset([])

  url            = "https://${local.github}"
  client_id_list = ["sts.amazonaws.com"]
}

resource "aws_iam_role" "deployment" {
  name        = "aws-github-oidc-role-${var.Environment}"
  description = "The deploy workflow of ${join(", ", var.GitHubRepositories)}"

  # sub is the repository and its environment, whose reviewers have agreed; ref is the branch.
  # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Federated = local.provider_arn }
      Action    = "sts:AssumeRoleWithWebIdentity"
      Condition = {
        StringEquals = {
          "${local.github}:aud" = "sts.amazonaws.com"
          "${local.github}:sub" = flatten([for repository in var.GitHubRepositories : [for one in local.environments : "repo:${repository}:environment:${one}"]])
          "${local.github}:ref" = "refs/heads/${var.GitHubBranch}"
        }
      }
    }]
  })
}

# In the training account: what release.py reads.

resource "aws_iam_role_policy" "read" {
  for_each = local.is_target ? toset([]) : toset(["dev"])

  name = "read-releases"
  role = aws_iam_role.deployment.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat([
      {
        Sid      = "FindGroups"
        Effect   = "Allow"
        Action   = ["sagemaker:ListModelPackageGroups"]
        Resource = ["*"] # the action cannot be limited to resources
      },
      {
        Sid      = "ReadVersions"
        Effect   = "Allow"
        Action   = ["sagemaker:ListModelPackages", "sagemaker:DescribeModelPackage"]
        Resource = ["${local.sagemaker}:model-package-group/*", "${local.sagemaker}:model-package/*"]
      },
      {
        Sid      = "ReadFiles"
        Effect   = "Allow"
        Action   = ["s3:GetObject"]
        Resource = [for bucket in var.ArtifactsBuckets : "arn:${local.partition}:s3:::${bucket}/*"]
      },
      {
        Sid      = "FindFiles"
        Effect   = "Allow"
        Action   = ["s3:ListBucket"]
        Resource = [for bucket in var.ArtifactsBuckets : "arn:${local.partition}:s3:::${bucket}"]
      },
      ], length(var.ArtifactsKmsKeyArns) == 0 ? [] : [
      {
        Sid      = "DecryptFiles"
        Effect   = "Allow"
        Action   = ["kms:Decrypt"]
        Resource = var.ArtifactsKmsKeyArns
      },
    ])
  })

  lifecycle {
    precondition {
      condition     = length(var.ArtifactsBuckets) > 0
      error_message = "A dev account needs ArtifactsBuckets: the buckets with the models' files."
    }
  }
}

# In a target account: what release.py writes ...

resource "aws_iam_role_policy" "release" {
  for_each = local.target

  name = "release"
  role = aws_iam_role.deployment.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "ReadFactsOfTheAccount"
        Effect   = "Allow"
        Action   = ["ssm:GetParameters"]
        Resource = [for name in ["${var.Environment}/*", "sagemaker-domain-sg", "private-subnets-ids"] : "arn:${local.partition}:ssm:${local.suffix}:parameter/${name}"]
      },
      {
        Sid      = "FindGroups"
        Effect   = "Allow"
        Action   = ["sagemaker:ListModelPackageGroups"]
        Resource = ["*"] # the action cannot be limited to resources
      },
      {
        Sid    = "ReleaseVersions"
        Effect = "Allow"
        Action = [
          "sagemaker:CreateModelPackageGroup", "sagemaker:DescribeModelPackageGroup", "sagemaker:ListModelPackages",
          "sagemaker:CreateModelPackage", "sagemaker:DescribeModelPackage", "sagemaker:UpdateModelPackage", "sagemaker:DeleteModelPackage",
        ]
        Resource = ["${local.sagemaker}:model-package-group/*", "${local.sagemaker}:model-package/*"]
      },
      {
        Sid      = "FindImages"
        Effect   = "Allow"
        Action   = ["ecr:DescribeImages", "ecr:BatchGetImage"]
        Resource = ["arn:${local.partition}:ecr:${local.suffix}:repository/*"]
      },
      {
        Sid      = "FilesOfTheAccount"
        Effect   = "Allow"
        Action   = ["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload"]
        Resource = ["${aws_s3_bucket.main["artifacts"].arn}/*"]
      },
      {
        # For a missing key GetObject and HeadObject return 404 instead of 403 only with permission to list the bucket.
        Sid      = "BucketsOfTheAccount"
        Effect   = "Allow"
        Action   = ["s3:ListBucket"]
        Resource = [aws_s3_bucket.main["artifacts"].arn, aws_s3_bucket.main["state"].arn]
      },
      {
        Sid      = "KeyOfTheAccount"
        Effect   = "Allow"
        Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource = [aws_kms_key.main.arn]
      },
    ]
  })
}

# ... and what Terraform does in deploy/batch.

resource "aws_iam_role_policy" "terraform" {
  for_each = local.target

  name = "terraform"
  role = aws_iam_role.deployment.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "StateAndItsLock"
        Effect   = "Allow"
        Action   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
        Resource = ["${aws_s3_bucket.main["state"].arn}/mlops-terraform-*"]
      },
      {
        Sid      = "TagsOfDefinitions"
        Effect   = "Allow"
        Action   = ["s3:GetObjectTagging"]
        Resource = ["${aws_s3_bucket.main["artifacts"].arn}/*"]
      },
      {
        Sid    = "PipelinesAndModels"
        Effect = "Allow"
        Action = [
          "sagemaker:CreatePipeline", "sagemaker:DescribePipeline", "sagemaker:UpdatePipeline", "sagemaker:DeletePipeline",
          "sagemaker:CreateModel", "sagemaker:DescribeModel", "sagemaker:DeleteModel",
          "sagemaker:AddTags", "sagemaker:ListTags", "sagemaker:DeleteTags",
        ]
        Resource = ["${local.sagemaker}:pipeline/*-${var.Environment}", "${local.sagemaker}:model/*-${var.Environment}-v*"]
      },
      {
        Sid       = "PipelinesWorkAsTheirRole"
        Effect    = "Allow"
        Action    = ["iam:PassRole"]
        Resource  = [aws_iam_role.execution["target"].arn]
        Condition = { StringEquals = { "iam:PassedToService" = "sagemaker.amazonaws.com" } }
      },
      {
        Sid    = "RolesWithinTheBoundary"
        Effect = "Allow"
        Action = ["iam:CreateRole", "iam:PutRolePolicy", "iam:DeleteRolePolicy"]
        # They may not change their own permissions boundary.
        Resource  = local.roles
        Condition = { StringEquals = { "iam:PermissionsBoundary" = aws_iam_policy.boundary["target"].arn } }
      },
      {
        Sid    = "SettingsOfThoseRoles"
        Effect = "Allow"
        Action = [
          "iam:GetRole", "iam:GetRolePolicy", "iam:ListRolePolicies", "iam:ListAttachedRolePolicies", "iam:ListInstanceProfilesForRole",
          "iam:UpdateRoleDescription", "iam:UpdateAssumeRolePolicy", "iam:DeleteRole", "iam:TagRole", "iam:UntagRole",
        ]
        Resource = local.roles
      },
      {
        Sid       = "ServicesWorkAsThoseRoles"
        Effect    = "Allow"
        Action    = ["iam:PassRole"]
        Resource  = local.roles
        Condition = { StringEquals = { "iam:PassedToService" = ["lambda.amazonaws.com", "events.amazonaws.com"] } }
      },
      {
        Sid    = "FunctionOfTheModel"
        Effect = "Allow"
        Action = [
          "lambda:CreateFunction", "lambda:GetFunction", "lambda:GetFunctionCodeSigningConfig", "lambda:ListVersionsByFunction",
          "lambda:UpdateFunctionCode", "lambda:UpdateFunctionConfiguration", "lambda:DeleteFunction",
          "lambda:TagResource", "lambda:UntagResource", "lambda:ListTags",
        ]
        Resource = local.functions
      },
      {
        Sid    = "Schedule"
        Effect = "Allow"
        Action = [
          "events:PutRule", "events:DescribeRule", "events:DeleteRule", "events:PutTargets", "events:RemoveTargets",
          "events:ListTargetsByRule", "events:TagResource", "events:UntagResource", "events:ListTagsForResource",
        ]
        Resource = local.rules
      },
      {
        Sid    = "Alarms"
        Effect = "Allow"
        Action = [
          "cloudwatch:PutMetricAlarm", "cloudwatch:DeleteAlarms",
          "cloudwatch:TagResource", "cloudwatch:UntagResource", "cloudwatch:ListTagsForResource",
        ]
        Resource = local.alarms
      },
      {
        Sid      = "FindAlarms"
        Effect   = "Allow"
        Action   = ["cloudwatch:DescribeAlarms"]
        Resource = ["*"] # without it, alarms cannot be listed
      },
      {
        Sid      = "Dashboard"
        Effect   = "Allow"
        Action   = ["cloudwatch:PutDashboard", "cloudwatch:GetDashboard", "cloudwatch:DeleteDashboards"]
        Resource = ["arn:${local.partition}:cloudwatch::${local.account}:dashboard/*-${var.Environment}-dashboard"]
      },
      {
        Sid    = "LogOfTheFunction"
        Effect = "Allow"
        Action = [
          "logs:CreateLogGroup", "logs:DeleteLogGroup", "logs:PutRetentionPolicy", "logs:AssociateKmsKey", "logs:DisassociateKmsKey",
          "logs:ListTagsForResource", "logs:TagResource", "logs:UntagResource",
        ]
        Resource = [for end in ["", ":*"] : "arn:${local.partition}:logs:${local.suffix}:log-group:/aws/lambda/sagemaker-*-${var.Environment}-model${end}"]
      },
      {
        Sid      = "FindLogGroups"
        Effect   = "Allow"
        Action   = ["logs:DescribeLogGroups"]
        Resource = ["arn:${local.partition}:logs:${local.suffix}:log-group:*"]
      },
      {
        # The function's log is encrypted with this key.
        Sid      = "KeyOfTheAccount"
        Effect   = "Allow"
        Action   = ["kms:DescribeKey"]
        Resource = [aws_kms_key.main.arn]
      },
    ]
  })
}
