"""Create a least-privilege role for an actor, or update it to its current policy.

    data-scientist       works in a notebook or a terminal: creates, starts and inspects the project's pipelines
    approver             decides about versions, and answers steps that wait
    pipeline-execution   the role of the pipelines and their jobs
    ci                   the build server
    deployment           the role with which CloudFormation creates endpoints
    schedule             the role with which EventBridge starts pipelines

The policies are the JSON files next to this one; README.md gives the reason for each statement. The permissions of
functions are defined next to their code (deploy/lambdas), those for applying Terraform in deploy/base.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from string import Template
from typing import Any

from deploy.functions import function_folder
from local_sagemaker.near_names import did_you_mean
from local_sagemaker.tools.command_errors import UsageError
from local_sagemaker.tools.service.functions import policy as function_policy
from local_sagemaker.tools.targets import open_target
from local_sagemaker.tools.terminal import command_line, output
from pipelines.compiling.check_engine import CHECK_ENGINES as ENGINES
from pipelines.compiling.check_engine import check_engine

from botocore.exceptions import ClientError

POLICIES_FOLDER = Path(__file__).resolve().parent
POLICY_NAME = "least-privilege"
#: Statement -> the value without which it is removed.
OPTIONAL_STATEMENTS = {
    "UseTheKey": "KmsKeyArn",
    "DataOfOthers": "DataBucket",
    "Artifacts": "ArtifactBucket",
    "EndpointsOfClarify": "ClarifyEndpoints",
}
#: Names that SageMaker gives the endpoints of its ClarifyCheck steps; the project's own checks need no endpoint.
CLARIFY_ENDPOINTS = "sm-clarify-*"
#: Actor -> the service that assumes its role; other roles are assumed by users.
TRUSTED_SERVICES = {
    "pipeline-execution": "sagemaker.amazonaws.com",
    "ci": "codebuild.amazonaws.com",
    "deployment": "cloudformation.amazonaws.com",
    "schedule": "events.amazonaws.com",
}
#: Actions that can extend permissions: no role that is created here may have them.
PRIVILEGED_ACTIONS = (
    "iam:Create",
    "iam:Put",
    "iam:Attach",
    "iam:Update",
    "iam:Add",
    "iam:Set",
    "iam:Delete",
    "sts:",
    "*",
)
EXAMPLES = """\
example:
  python deploy/iam/iam_helper.py data-scientist --role-name shells-data-scientist --bucket my-bucket \\
    --pipelines Abalone --group AbalonePackageGroup --execution-role shells-jobs --trust-arn $PEOPLE_ARN
"""


def actors() -> list[str]:
    """Return the actors for whom there is a policy."""
    return sorted(path.stem for path in POLICIES_FOLDER.glob("*.json") if path.stem != "reasons")


def policy(actor: str, values: Mapping[str, str]) -> dict[str, Any]:
    """Return an actor's policy.

    Args:
        actor: one of ``actors``.
        values: values of the policy's ``${Names}``. A statement of ``OPTIONAL_STATEMENTS`` is removed if its name has
            no value.

    Raises:
        UsageError: there is no such actor, a name has no value, or the policy would let a role extend its permissions.
    """
    if actor not in actors():
        hint = did_you_mean(actor, actors())
        raise UsageError(f"there is no actor {actor!r}{hint}; the actors are: {', '.join(actors())}")
    document = json.loads(POLICIES_FOLDER.joinpath(f"{actor}.json").read_text(encoding="utf-8"))
    document["Statement"] = [s for s in document["Statement"] if values.get(OPTIONAL_STATEMENTS.get(s["Sid"], "Group"))]
    try:
        policy_document = json.loads(Template(json.dumps(document)).substitute(values))
    except KeyError as missing:
        raise UsageError(f"{actor}: {missing.args[0]} is missing") from None
    check_privileges(policy_document)
    return dict(policy_document)


def check_privileges(document: Mapping[str, Any]) -> None:
    """Raise UsageError if a policy would let its holder grant permissions, to others or to itself."""
    for statement in document["Statement"]:
        privileged = [
            action for action in statement["Action"] if action.startswith(PRIVILEGED_ACTIONS) or action.endswith(":*")
        ]
        if statement["Effect"] == "Allow" and privileged:
            allowed = ", ".join(privileged)
            raise UsageError(
                f"statement {statement.get('Sid')} allows {allowed}, with which a role could extend its permissions"
            )


def apply_role(
    session: Any, actor: str, role_name: str, values: Mapping[str, str], trust: Mapping[str, str]
) -> dict[str, Any]:
    """Create the actor's role, or update it to its current policy; return its ARN, and the actions taken.

    Args:
        session: session of the account.
        actor: one of ``actors``.
        role_name: the role's name.
        values: see ``policy``; Partition, Region and Account are looked up.
        trust: the principal that may assume it, e.g. ``{"Service": "sagemaker.amazonaws.com"}``.

    Raises:
        UsageError: see ``policy``; or the caller works with that role itself.
    """
    caller = session.client("sts").get_caller_identity()
    if f":assumed-role/{role_name}/" in caller["Arn"]:
        raise UsageError(
            f"{caller['Arn']} works as {role_name}; nobody may change their own permissions, so ask another user"
        )
    account_facts = {
        "Partition": caller["Arn"].split(":")[1],
        "Region": session.region_name,
        "Account": caller["Account"],
    }
    description = f"{actor} of {values['Pipelines']}*"
    return _apply_role(session.client("iam"), role_name, description, trust, policy(actor, {**values, **account_facts}))


def create_lambda_role(
    role_name: str, session: Any, groups: Sequence[str], function: str = "get_approved_model"
) -> str:
    """Create or update a role for a function of deploy/lambdas, with its policy.json; return the role's ARN.

    Args:
        role_name: the role's name.
        session: session of the account.
        groups: model package groups that it may read.
        function: folder of the function.

    Raises:
        UsageError: there is no such function, or its policy needs more values than groups.
    """
    document = function_policy(session, function_folder(function), groups)
    check_privileges(document)
    trust = {"Service": "lambda.amazonaws.com"}
    result = _apply_role(session.client("iam"), role_name, f"of the function {function}", trust, document)
    return str(result["role_arn"])


def _apply_role(
    client: Any, name: str, description: str, trust: Mapping[str, str], document: Mapping[str, Any]
) -> dict[str, Any]:
    """Create the role, or update what differs; return its ARN, and the actions taken."""
    statement = {"Effect": "Allow", "Principal": dict(trust), "Action": "sts:AssumeRole"}
    trusting = {"Version": document["Version"], "Statement": [statement]}
    role, actions = _role(client, name), []
    if role is None:
        text = json.dumps(trusting)
        role = client.create_role(RoleName=name, AssumeRolePolicyDocument=text, Description=description)["Role"]
        actions.append("created")
    elif role["AssumeRolePolicyDocument"] != trusting:
        client.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(trusting))
        actions.append("trust")
    if _policy(client, name) != document:
        client.put_role_policy(RoleName=name, PolicyName=POLICY_NAME, PolicyDocument=json.dumps(document))
        actions.append("policy")
    return {"role_arn": role["Arn"], "done": actions or ["nothing, as it is up to date"]}


def _role(client: Any, name: str) -> dict[str, Any] | None:
    return _none_if_missing(lambda: dict(client.get_role(RoleName=name)["Role"]))


def _policy(client: Any, name: str) -> dict[str, Any] | None:
    return _none_if_missing(
        lambda: dict(client.get_role_policy(RoleName=name, PolicyName=POLICY_NAME)["PolicyDocument"])
    )


def _none_if_missing(ask: Callable[[], dict[str, Any]]) -> dict[str, Any] | None:
    try:
        return ask()
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchEntity":
            return None
        raise


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    return command_line.run_command(_main, argv)


def _main(argv: Sequence[str] | None) -> int:
    arguments = _parser().parse_args(argv)
    service = TRUSTED_SERVICES.get(arguments.actor)
    if bool(service) == bool(arguments.trust_arn):
        needed = f"by {service}; remove --trust-arn" if service else "by users; give --trust-arn, the principal"
        raise UsageError(f"{arguments.actor} is assumed {needed}")
    values = {
        "Bucket": arguments.bucket,
        "Pipelines": arguments.pipelines,
        "PipelinesInLowerCase": arguments.pipelines.lower(),
        "Group": arguments.group,
        "GroupInLowerCase": arguments.group.lower(),
        "ExecutionRole": arguments.execution_role,
        "KmsKeyArn": arguments.kms_key,
        "DataBucket": arguments.data_bucket,
        "ArtifactBucket": arguments.artifact_bucket,
        "ClarifyEndpoints": CLARIFY_ENDPOINTS if arguments.check_engine == "sagemaker" else "",
    }
    trust = {"Service": service} if service else {"AWS": arguments.trust_arn}
    if arguments.dry_run:
        document = policy(
            arguments.actor, values | {"Partition": "aws", "Region": arguments.region or "*", "Account": "*"}
        )
        print(json.dumps(document, indent=2))
        return 0
    result = apply_role(
        open_target(None, arguments.region).session, arguments.actor, arguments.role_name, values, trust
    )
    output.emit(result, lambda result: f"{result['role_arn']}: {', '.join(result['done'])}", None)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "iam_helper.py", description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("actor", choices=actors(), metavar="ACTOR", help=", ".join(actors()))
    add("--role-name", required=True, metavar="NAME", help="the role's name")
    add("--bucket", required=True, metavar="BUCKET", help="the project's bucket")
    add("--pipelines", required=True, metavar="PREFIX", help="prefix of the names of the project's pipelines")
    add("--group", required=True, metavar="GROUP", help="model package group")
    add("--execution-role", required=True, metavar="NAME", help="name of the pipelines' role")
    add("--kms-key", default="", metavar="ARN", help="key of the bucket and the jobs, if any")
    add("--data-bucket", default="", metavar="BUCKET", help="bucket of the training data, if it is another one")
    add("--artifact-bucket", default="", metavar="BUCKET", help="CodePipeline's own bucket, for ci")
    add("--check-engine", choices=ENGINES, default=check_engine(), help="the pipelines' checks; docs/check-engines.md")
    add("--trust-arn", default="", metavar="ARN", help="principal that may assume the role, unless a service does")
    add("--region", metavar="REGION")
    add("--dry-run", action="store_true", help="print the policy, and create nothing")
    return parser


if __name__ == "__main__":
    sys.exit(main())
