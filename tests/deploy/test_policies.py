"""Checks the policies: actions exist, wildcards have reasons, and roles may do exactly what a deployment does."""

from __future__ import annotations

import json
import re

import pytest
from paths import ROOT

pytest.importorskip("policy_sentry", reason="policy-sentry comes with the extra 'test'")
import accounts
from accounts import TARGET
from cfnlint.api import lint_all
from moto_over_http import REGION
from permissions import needed_actions as needed_by
from policy_sentry.querying.all import get_all_actions

HCL = sorted((ROOT / "deploy").rglob("*.tf"))

#: Actions that a deployment is allowed but that were not recorded, with the reason.
UNSEEN = {
    "release": {
        "s3:AbortMultipartUpload": "if the upload of a model of more than 8 MB fails",
        "ecr:DescribeImages": "if a model has an image of the training account",
        "ecr:BatchGetImage": "SageMaker requires it to register a model with an image in the account's registry",
        "sagemaker:DeleteModelPackage": "for a version that failed",
        "kms:Decrypt": "S3 requires it to read an object that is encrypted with the key",
        "kms:GenerateDataKey": "S3 requires it to write such an object",
    },
    "terraform": {
        "iam:PassRole": "for the roles of pipeline, function and schedule",
        "iam:UpdateRoleDescription": "for changes", "iam:UpdateAssumeRolePolicy": "for changes",
        "lambda:UpdateFunctionCode": "for changes",
        **dict.fromkeys(
            (f"{service}:{action}" for service, actions in {
                "iam": ("TagRole", "UntagRole"), "lambda": ("TagResource", "UntagResource", "ListTags"),
                "events": ("TagResource", "UntagResource"), "cloudwatch": ("TagResource", "UntagResource"),
                "logs": ("TagResource", "UntagResource"), "sagemaker": ("AddTags", "DeleteTags"),
            }.items() for action in actions), "resources are created with tags, and tags are changed",
        ),
        **dict.fromkeys(("logs:AssociateKmsKey", "logs:DisassociateKmsKey"), "for the log's key"),
        "kms:DescribeKey": "the log requires it",
    },
}  # fmt: skip


def policies(deployment):
    """Yield (place, document) of every policy that was created."""
    for folder, resources in deployment["made"].items():
        for address, values in resources.items():
            for member in ("policy", "assume_role_policy"):
                if values.get(member):
                    yield f"{folder} {address}", json.loads(values[member])


def statements(deployment, folder, *names):
    """Return the statements of the deployment role's policies with these names."""
    policies_of_role = [deployment["made"][folder][f"aws_iam_role_policy.{name}"] for name in names]
    return [statement for policy in policies_of_role for statement in json.loads(policy["policy"])["Statement"]]


def actions(statements):
    listed = (s["Action"] for s in statements)
    return {action for value in listed for action in ([value] if isinstance(value, str) else value)}


def test_every_action_exists(deployment):
    existing = {action.lower() for action in get_all_actions()}
    for place, document in policies(deployment):
        listed = {action for action in actions(document["Statement"]) if not action.endswith(":*")}

        assert not [action for action in listed if action.lower() not in existing], place


def test_cfn_lint_finds_nothing_in_a_policy(deployment):
    managed = {
        re.sub(r"[\W_]", "", place): {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": document}}
        for place, document in policies(deployment)
        if "Principal" not in document["Statement"][0]
    }
    template = {"AWSTemplateFormatVersion": "2010-09-09", "Resources": managed}

    matches = [match for match in lint_all(json.dumps(template)) if match.rule.id[0] in "EW"]
    assert not [f"{match.rule.id} {match.message} {match.path}" for match in matches]


@pytest.mark.parametrize("path", HCL, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_wildcard_has_a_comment_with_its_reason(path):
    lines = path.read_text().splitlines()
    wild = [line for line in lines if re.search(r"""(Action|Resource|Principal)\s*=\s*\[?"(\w+:)?\*"\]?""", line)]

    assert all("#" in line for line in wild), wild


def test_the_deployment_role_may_do_exactly_what_a_release_does(deployment):
    target, training = (
        statements(deployment, "preprod", 'release["target"]'),
        statements(deployment, "dev", 'read["dev"]'),
    )
    needed, allowed = needed_by(deployment["calls"]["release"]), actions(target) | actions(training)

    assert needed <= allowed
    assert allowed - needed == UNSEEN["release"].keys()
    assert not [a for a in actions(training) if not re.search(":(Get|List|Describe|Decrypt)", a)], "it only reads"


def test_the_deployment_role_may_do_exactly_what_terraform_does(deployment):
    allowed = actions(statements(deployment, "preprod", 'terraform["target"]'))
    needed = needed_by(deployment["calls"]["terraform"]) - {"s3:ListBucket"}  # which the statements for releases allow

    assert needed <= allowed
    assert allowed - needed == UNSEEN["terraform"].keys()


def test_it_reaches_the_deployed_resources_but_none_of_another_environment(deployment):
    allowed = statements(deployment, "preprod", 'terraform["target"]', 'release["target"]')
    resources = deployment["made"]["looked up"]
    reached = {
        "sagemaker:CreatePipeline": ["aws_sagemaker_pipeline.BatchDeployPipeline"],
        "lambda:CreateFunction": ["module.approved_model.aws_lambda_function.function"],
        "iam:CreateRole": ["module.approved_model.aws_iam_role.function", "module.schedule.aws_iam_role.schedule"],
        "events:PutRule": ["module.schedule.aws_cloudwatch_event_rule.schedule"],
        "logs:CreateLogGroup": ["module.approved_model.aws_cloudwatch_log_group.function"],
        "cloudwatch:PutMetricAlarm": [address for address in resources if "metric_alarm" in address],
    }
    for action, addresses in reached.items():
        for address in addresses:
            arn = resources[address]["arn"]

            assert allows(allowed, action, arn), (action, arn)
            assert not allows(allowed, action, arn.replace("preprod", "prod")), (action, arn)
    assert allows(allowed, "cloudwatch:PutDashboard", resources["aws_cloudwatch_dashboard.watch"]["dashboard_arn"])
    model = f"arn:aws:sagemaker:{REGION}:{TARGET}:model/shells-p-1-preprod-v1"
    assert allows(allowed, "sagemaker:CreateModel", model)
    assert not allows(allowed, "iam:PassRole", f"arn:aws:iam::{TARGET}:role/administrator")


def allows(statements, action, arn):
    """Return whether a statement allows an action on a resource, ignoring conditions."""
    matching = [statement for statement in statements if action in actions([statement])]
    patterns = [pattern for statement in matching for pattern in statement["Resource"]]
    return any(re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), arn) for pattern in patterns)


def test_roles_that_a_deployment_creates_stay_within_the_boundary(deployment):
    boundary = deployment["made"]["preprod"]['aws_iam_policy.boundary["target"]']
    allowed = statements(deployment, "preprod", 'terraform["target"]')
    batch = deployment["made"]["looked up"]

    for allowing in allowed:
        if {"iam:CreateRole", "iam:PutRolePolicy"} & actions([allowing]):
            assert allowing["Condition"] == {"StringEquals": {"iam:PermissionsBoundary": boundary["arn"]}}
    limit = json.loads(boundary["policy"])["Statement"]
    for role in ("module.approved_model.aws_iam_role.function", "module.schedule.aws_iam_role.schedule"):
        assert batch[role]["permissions_boundary"] == boundary["arn"]
        for statement in json.loads(batch[role.replace("_role.", "_role_policy.")]["policy"])["Statement"]:
            assert actions([statement]) <= actions(limit)


def test_only_one_environment_and_branch_of_one_repository_may_sign_in(deployment):
    (statement,) = json.loads(deployment["made"]["preprod"]["aws_iam_role.deployment"]["assume_role_policy"])[
        "Statement"
    ]
    conditions = {name.partition(":")[2]: value for name, value in statement["Condition"]["StringEquals"].items()}

    assert statement["Action"] == "sts:AssumeRoleWithWebIdentity"
    assert conditions == {
        "aud": "sts.amazonaws.com",
        "sub": ["repo:an-owner/shells:environment:pre-production"],
        "ref": "refs/heads/main",
    }


def test_the_base_creates_what_a_deployment_reads(deployment):
    resources = deployment["made"]["preprod"]

    parameters = {values["name"] for address, values in resources.items() if "ssm_parameter" in address}
    assert parameters >= accounts.parameters().keys()
    assert {values["bucket"] for address, values in resources.items() if address.startswith("aws_s3_bucket.")} == {
        f"mlops-preprod-{REGION}-{TARGET}", f"terraform-state-preprod-{REGION}-{TARGET}",
    }  # fmt: skip
    assert resources["aws_kms_key.main"]["enable_key_rotation"] is True
