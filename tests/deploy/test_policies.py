"""Who may do what: actions that there are, wildcards with reasons, and roles that may do what a deployment does."""

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

#: What a deployment is allowed and was not seen to need, with the reason.
UNSEEN = {
    "release": {
        "s3:AbortMultipartUpload": "of a model of more than 8 MB, where its upload fails",
        "ecr:DescribeImages": "where a model has an image of the training account's",
        "ecr:BatchGetImage": "SageMaker asks it of whoever registers a model with an image of the account's registry",
        "sagemaker:DeleteModelPackage": "of a version that failed",
        "kms:Decrypt": "S3 asks it of whoever reads an object that is encrypted with the key",
        "kms:GenerateDataKey": "S3 asks it of whoever writes one",
    },
    "terraform": {
        "iam:PassRole": "of the pipeline's role, the function's and the schedule's",
        "iam:UpdateRoleDescription": "a changed one", "iam:UpdateAssumeRolePolicy": "a changed one",
        "lambda:UpdateFunctionCode": "a changed one",
        **dict.fromkeys(
            (f"{service}:{action}" for service, actions in {
                "iam": ("TagRole", "UntagRole"), "lambda": ("TagResource", "UntagResource", "ListTags"),
                "events": ("TagResource", "UntagResource"), "cloudwatch": ("TagResource", "UntagResource"),
                "logs": ("TagResource", "UntagResource"), "sagemaker": ("AddTags", "DeleteTags"),
            }.items() for action in actions), "tags are asked for with what is created, and changed",
        ),
        **dict.fromkeys(("logs:AssociateKmsKey", "logs:DisassociateKmsKey"), "a key of the log"),
        "kms:DescribeKey": "the log asks it",
    },
}  # fmt: skip


def policies(deployed):
    """(where, document) of every policy that was made."""
    for folder, resources in deployed["made"].items():
        for address, values in resources.items():
            for member in ("policy", "assume_role_policy"):
                if values.get(member):
                    yield f"{folder} {address}", json.loads(values[member])


def statements(deployed, folder, *names):
    """Statements of the deployment role's policies of these names."""
    found = [deployed["made"][folder][f"aws_iam_role_policy.{name}"] for name in names]
    return [statement for one in found for statement in json.loads(one["policy"])["Statement"]]


def actions(found):
    return {
        action for one in found for action in ([one["Action"]] if isinstance(one["Action"], str) else one["Action"])
    }


def test_every_action_is_one(deployed):
    known = {one.lower() for one in get_all_actions()}
    for where, document in policies(deployed):
        named = {one for one in actions(document["Statement"]) if not one.endswith(":*")}

        assert not [one for one in named if one.lower() not in known], where


def test_cfn_lint_finds_nothing_in_a_policy(deployed):
    managed = {
        re.sub(r"[\W_]", "", where): {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": document}}
        for where, document in policies(deployed)
        if "Principal" not in document["Statement"][0]
    }
    template = {"AWSTemplateFormatVersion": "2010-09-09", "Resources": managed}

    found = [one for one in lint_all(json.dumps(template)) if one.rule.id[0] in "EW"]
    assert not [f"{one.rule.id} {one.message} {one.path}" for one in found]


@pytest.mark.parametrize("path", HCL, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_wildcard_has_its_reason_beside_it(path):
    lines = path.read_text().splitlines()
    wild = [line for line in lines if re.search(r"""(Action|Resource|Principal)\s*=\s*\[?"(\w+:)?\*"\]?""", line)]

    assert all("#" in line for line in wild), wild


def test_the_deployment_role_may_do_what_a_release_does_and_no_more(deployed):
    target, training = statements(deployed, "preprod", 'release["target"]'), statements(deployed, "dev", 'read["dev"]')
    needed, allowed = needed_by(deployed["calls"]["release"]), actions(target) | actions(training)

    assert needed <= allowed
    assert allowed - needed == UNSEEN["release"].keys()
    assert not [one for one in actions(training) if not re.search(":(Get|List|Describe|Decrypt)", one)], "it only reads"


def test_the_deployment_role_may_do_what_terraform_does_and_no_more(deployed):
    allowed = actions(statements(deployed, "preprod", 'terraform["target"]'))
    needed = needed_by(deployed["calls"]["terraform"]) - {"s3:ListBucket"}  # which it may as release

    assert needed <= allowed
    assert allowed - needed == UNSEEN["terraform"].keys()


def test_it_reaches_what_is_deployed_and_nothing_of_another_environment(deployed):
    found = statements(deployed, "preprod", 'terraform["target"]', 'release["target"]')
    made_here = deployed["made"]["looked up"]
    reached = {
        "sagemaker:CreatePipeline": ["aws_sagemaker_pipeline.BatchDeployPipeline"],
        "lambda:CreateFunction": ["module.approved_model.aws_lambda_function.function"],
        "iam:CreateRole": ["module.approved_model.aws_iam_role.function", "module.schedule.aws_iam_role.schedule"],
        "events:PutRule": ["module.schedule.aws_cloudwatch_event_rule.schedule"],
        "logs:CreateLogGroup": ["module.approved_model.aws_cloudwatch_log_group.function"],
        "cloudwatch:PutMetricAlarm": [address for address in made_here if "metric_alarm" in address],
    }
    for action, addresses in reached.items():
        for address in addresses:
            arn = made_here[address]["arn"]

            assert allows(found, action, arn), (action, arn)
            assert not allows(found, action, arn.replace("preprod", "prod")), (action, arn)
    assert allows(found, "cloudwatch:PutDashboard", made_here["aws_cloudwatch_dashboard.watch"]["dashboard_arn"])
    model = f"arn:aws:sagemaker:{REGION}:{TARGET}:model/shells-p-1-preprod-v1"
    assert allows(found, "sagemaker:CreateModel", model)
    assert not allows(found, "iam:PassRole", f"arn:aws:iam::{TARGET}:role/administrator")


def allows(found, action, arn):
    """Whether a statement allows an action on a resource, whatever its conditions."""
    named = [one for one in found if action in actions([one])]
    patterns = [pattern for one in named for pattern in one["Resource"]]
    return any(re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), arn) for pattern in patterns)


def test_roles_that_a_deployment_makes_stay_within_the_boundary(deployed):
    boundary = deployed["made"]["preprod"]['aws_iam_policy.boundary["target"]']
    found = statements(deployed, "preprod", 'terraform["target"]')
    batch = deployed["made"]["looked up"]

    for one in found:
        if {"iam:CreateRole", "iam:PutRolePolicy"} & actions([one]):
            assert one["Condition"] == {"StringEquals": {"iam:PermissionsBoundary": boundary["arn"]}}
    limit = json.loads(boundary["policy"])["Statement"]
    for role in ("module.approved_model.aws_iam_role.function", "module.schedule.aws_iam_role.schedule"):
        assert batch[role]["permissions_boundary"] == boundary["arn"]
        for statement in json.loads(batch[role.replace("_role.", "_role_policy.")]["policy"])["Statement"]:
            assert actions([statement]) <= actions(limit)


def test_who_signs_in_is_one_environment_of_one_repository_on_one_branch(deployed):
    (statement,) = json.loads(deployed["made"]["preprod"]["aws_iam_role.deployment"]["assume_role_policy"])["Statement"]
    conditions = {name.partition(":")[2]: value for name, value in statement["Condition"]["StringEquals"].items()}

    assert statement["Action"] == "sts:AssumeRoleWithWebIdentity"
    assert conditions == {
        "aud": "sts.amazonaws.com",
        "sub": ["repo:an-owner/shells:environment:pre-production"],
        "ref": "refs/heads/main",
    }


def test_the_base_has_what_a_deployment_reads(deployed):
    found = deployed["made"]["preprod"]

    assert {one["name"] for address, one in found.items() if "ssm_parameter" in address} >= accounts.parameters().keys()
    assert {one["bucket"] for address, one in found.items() if address.startswith("aws_s3_bucket.")} == {
        f"mlops-preprod-{REGION}-{TARGET}", f"terraform-state-preprod-{REGION}-{TARGET}",
    }  # fmt: skip
    assert found["aws_kms_key.main"]["enable_key_rotation"] is True
