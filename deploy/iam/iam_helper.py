"""Roles of least privilege: make one for an actor, or change it to what its policy says now.

    data-scientist       works in a notebook or a terminal: makes, starts and looks at the project's pipelines
    approver             decides about versions, and answers steps that wait
    pipeline-execution   what the pipelines and their jobs work as
    ci                   the build server
    deployment           what CloudFormation makes endpoints as
    schedule             what EventBridge starts pipelines as

The policies are the JSON files beside this one; README.md says why each statement is there. What a function may do
stands with its code (deploy/lambdas), who applies Terraform in deploy/base.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from string import Template
from typing import Any

from deploy.functions import folder_of
from local_sagemaker.near_names import did_you_mean
from local_sagemaker.tools.command_errors import UsageError
from local_sagemaker.tools.service.functions import policy as function_policy
from local_sagemaker.tools.targets import open_target
from local_sagemaker.tools.terminal import command_line, output
from pipelines.compiling.check_engine import KNOWN as ENGINES
from pipelines.compiling.check_engine import check_engine

from botocore.exceptions import ClientError

FOLDER = Path(__file__).resolve().parent
POLICY = "least-privilege"
#: Statements that go where what they are about is not given.
OPTIONAL = {
    "UseTheKey": "KmsKeyArn",
    "DataOfOthers": "DataBucket",
    "Artifacts": "ArtifactBucket",
    "EndpointsOfClarify": "ClarifyEndpoints",
}
#: Names that SageMaker gives the endpoints of its ClarifyCheck steps; the project's own checks need no endpoint.
CLARIFY_ENDPOINTS = "sm-clarify-*"
#: Who a role is assumed by, where that is a service.
SERVICES = {
    "pipeline-execution": "sagemaker.amazonaws.com",
    "ci": "codebuild.amazonaws.com",
    "deployment": "cloudformation.amazonaws.com",
    "schedule": "events.amazonaws.com",
}
#: What raises rights: nobody whose role is made here may do any of it.
RAISING = ("iam:Create", "iam:Put", "iam:Attach", "iam:Update", "iam:Add", "iam:Set", "iam:Delete", "sts:", "*")
EXAMPLES = """\
example:
  python deploy/iam/iam_helper.py data-scientist --role-name shells-data-scientist --bucket my-bucket \\
    --pipelines Abalone --group AbalonePackageGroup --execution-role shells-jobs --trust-arn $PEOPLE_ARN
"""


def actors() -> list[str]:
    """Whom there is a policy for."""
    return sorted(path.stem for path in FOLDER.glob("*.json") if path.stem != "reasons")


def policy(actor: str, values: Mapping[str, str]) -> dict[str, Any]:
    """What an actor may do.

    Args:
        actor: one of ``actors``.
        values: what the policy's ``${Names}`` stand for. A statement of ``OPTIONAL`` goes where its name has no value.

    Raises:
        UsageError: there is no such actor, a name has no value, or the policy would let a role raise rights.
    """
    if actor not in actors():
        hint = did_you_mean(actor, actors())
        raise UsageError(f"there is no actor {actor!r}{hint}; there are: {', '.join(actors())}")
    document = json.loads(FOLDER.joinpath(f"{actor}.json").read_text(encoding="utf-8"))
    document["Statement"] = [one for one in document["Statement"] if values.get(OPTIONAL.get(one["Sid"], "Group"))]
    try:
        filled = json.loads(Template(json.dumps(document)).substitute(values))
    except KeyError as missing:
        raise UsageError(f"{actor}: {missing.args[0]} is not given") from None
    refuse_raising(filled)
    return dict(filled)


def refuse_raising(document: Mapping[str, Any]) -> None:
    """Raise UsageError where a policy lets whoever has it give rights, to others or to themselves."""
    for statement in document["Statement"]:
        raising = [action for action in statement["Action"] if action.startswith(RAISING) or action.endswith(":*")]
        if statement["Effect"] == "Allow" and raising:
            allowed = ", ".join(raising)
            raise UsageError(f"statement {statement.get('Sid')} allows {allowed}, by which a role could raise rights")


def make(
    session: Any, actor: str, role_name: str, values: Mapping[str, str], trust: Mapping[str, str]
) -> dict[str, Any]:
    """Make the actor's role, or change it to what its policy says now; its ARN, and what was done.

    Args:
        session: of the account.
        actor: one of ``actors``.
        role_name: of the role.
        values: see ``policy``; Partition, Region and Account are found out.
        trust: the principal that may assume it, e.g. ``{"Service": "sagemaker.amazonaws.com"}``.

    Raises:
        UsageError: see ``policy``; or the caller works as that very role.
    """
    caller = session.client("sts").get_caller_identity()
    if f":assumed-role/{role_name}/" in caller["Arn"]:
        raise UsageError(f"{caller['Arn']} works as {role_name}: nobody changes their own rights, so let somebody else")
    found = {"Partition": caller["Arn"].split(":")[1], "Region": session.region_name, "Account": caller["Account"]}
    words = f"{actor} of {values['Pipelines']}*"
    return _applied(session.client("iam"), role_name, words, trust, policy(actor, {**values, **found}))


def create_lambda_role(
    role_name: str, session: Any, groups: Sequence[str], function: str = "get_approved_model"
) -> str:
    """ARN of a role for a function of deploy/lambdas, made or brought up to date; it may do what its policy.json says.

    Args:
        role_name: of the role.
        session: of the account.
        groups: model package groups that it may read.
        function: folder of the function.

    Raises:
        UsageError: there is no such function, or its policy has to be told more than groups.
    """
    document = function_policy(session, folder_of(function), groups)
    refuse_raising(document)
    trust = {"Service": "lambda.amazonaws.com"}
    made = _applied(session.client("iam"), role_name, f"of the function {function}", trust, document)
    return str(made["role_arn"])


def _applied(
    client: Any, name: str, words: str, trust: Mapping[str, str], document: Mapping[str, Any]
) -> dict[str, Any]:
    """A role that is as it should be, and what had to be done for it."""
    statement = {"Effect": "Allow", "Principal": dict(trust), "Action": "sts:AssumeRole"}
    trusting = {"Version": document["Version"], "Statement": [statement]}
    role, done = _role(client, name), []
    if role is None:
        text = json.dumps(trusting)
        role = client.create_role(RoleName=name, AssumeRolePolicyDocument=text, Description=words)["Role"]
        done.append("created")
    elif role["AssumeRolePolicyDocument"] != trusting:
        client.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(trusting))
        done.append("trust")
    if _policy(client, name) != document:
        client.put_role_policy(RoleName=name, PolicyName=POLICY, PolicyDocument=json.dumps(document))
        done.append("policy")
    return {"role_arn": role["Arn"], "done": done or ["nothing, as it is so"]}


def _role(client: Any, name: str) -> dict[str, Any] | None:
    return _there(lambda: dict(client.get_role(RoleName=name)["Role"]))


def _policy(client: Any, name: str) -> dict[str, Any] | None:
    return _there(lambda: dict(client.get_role_policy(RoleName=name, PolicyName=POLICY)["PolicyDocument"]))


def _there(ask: Callable[[], dict[str, Any]]) -> dict[str, Any] | None:
    try:
        return ask()
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchEntity":
            return None
        raise


def main(argv: Sequence[str] | None = None) -> int:
    """The command; its exit code."""
    return command_line.run_command(_main, argv)


def _main(argv: Sequence[str] | None) -> int:
    given = _parser().parse_args(argv)
    service = SERVICES.get(given.actor)
    if bool(service) == bool(given.trust_arn):
        needed = f"by {service}, so it takes no --trust-arn" if service else "by people: --trust-arn says by whom"
        raise UsageError(f"{given.actor} is assumed {needed}")
    values = {
        "Bucket": given.bucket,
        "Pipelines": given.pipelines,
        "PipelinesInLowerCase": given.pipelines.lower(),
        "Group": given.group,
        "GroupInLowerCase": given.group.lower(),
        "ExecutionRole": given.execution_role,
        "KmsKeyArn": given.kms_key,
        "DataBucket": given.data_bucket,
        "ArtifactBucket": given.artifact_bucket,
        "ClarifyEndpoints": CLARIFY_ENDPOINTS if given.check_engine == "sagemaker" else "",
    }
    trust = {"Service": service} if service else {"AWS": given.trust_arn}
    if given.dry_run:
        shown = policy(given.actor, values | {"Partition": "aws", "Region": given.region or "*", "Account": "*"})
        print(json.dumps(shown, indent=2))
        return 0
    made = make(open_target(None, given.region).session, given.actor, given.role_name, values, trust)
    output.emit(made, lambda found: f"{found['role_arn']}: {', '.join(found['done'])}", None)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "iam_helper.py", description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("actor", choices=actors(), metavar="ACTOR", help=", ".join(actors()))
    add("--role-name", required=True, metavar="NAME", help="of the role")
    add("--bucket", required=True, metavar="BUCKET", help="of the project")
    add("--pipelines", required=True, metavar="PREFIX", help="that the names of the project's pipelines begin with")
    add("--group", required=True, metavar="GROUP", help="model package group")
    add("--execution-role", required=True, metavar="NAME", help="of the role that the pipelines work as")
    add("--kms-key", default="", metavar="ARN", help="of the bucket and the jobs, where they have one")
    add("--data-bucket", default="", metavar="BUCKET", help="of the training data, where that is another one")
    add("--artifact-bucket", default="", metavar="BUCKET", help="CodePipeline's own, for ci")
    add("--check-engine", choices=ENGINES, default=check_engine(), help="the pipelines' checks; docs/check-engines.md")
    add("--trust-arn", default="", metavar="ARN", help="who may assume it, where that is no service")
    add("--region", metavar="REGION")
    add("--dry-run", action="store_true", help="print the policy, and make nothing")
    return parser


if __name__ == "__main__":
    sys.exit(main())
