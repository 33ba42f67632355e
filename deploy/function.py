"""Create or update a Lambda function in the account, for example the one that looks up batch inference's model.

Its role may only read the versions of the given model package groups and write the function's log. The pipeline's own
role must be allowed to invoke the function (lambda:InvokeFunction).
"""

from __future__ import annotations

import argparse
from typing import Any

from deploy import functions
from local_sagemaker.tools.command_errors import UsageError
from local_sagemaker.tools.targets import Target

EXAMPLES = (
    "pipelines function get_approved_model --group AbalonePackageGroup",
    "pipelines function find_capture --bucket $BUCKET",
    "pipelines function get_approved_model --role-arn $ROLE     with an existing role",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments: the function, and what its role may use."""
    argument: Any = parser.add_argument("function", metavar="FUNCTION", help=", ".join(functions.function_names()))
    argument.completer = lambda prefix, **_: [name for name in functions.function_names() if name.startswith(prefix)]
    add = parser.add_argument
    add("--group", nargs="+", default=[], metavar="GROUP", help="the model package groups that it may read")
    add("--bucket", metavar="BUCKET", help="the bucket that it may use")
    add("--kms-key", metavar="ARN", help="key of that bucket, if it has its own")
    add("--role-arn", metavar="ARN", help="an existing role; by default a role is created, or its policy updated")
    add("--permissions-boundary", metavar="ARN", help="boundary of a role that is created")


def run(arguments: argparse.Namespace, target: Target) -> dict[str, Any]:
    """Deploy the function; return its ARN, its role's ARN, and the action taken."""
    functions.function_folder(arguments.function)
    if target.root:
        raise UsageError(
            "there is nothing to deploy on this machine; set the folder of a function's code in local.toml, [functions]"
        )
    if bool(arguments.group or arguments.bucket) == bool(arguments.role_arn):
        raise UsageError("give either --group or --bucket (what its role may use), or --role-arn (an existing role)")
    return functions.deploy(
        target.session,
        arguments.function,
        arguments.group,
        role_arn=arguments.role_arn,
        boundary=arguments.permissions_boundary,
        bucket=arguments.bucket,
        kms_key=arguments.kms_key,
    )


def text(result: dict[str, Any]) -> str:
    """Return the report as text."""
    lines = [f"{result['function']}: {result['action']}", f"  function {result['function_arn']}"]
    return "\n".join([*lines, f"  role     {result['role_arn']}"])
