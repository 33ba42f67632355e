"""Create or update a Lambda function in the account, such as the one that batch inference looks up its model with.

Its role may read the versions of the model package groups that are named, and write the function's log; no more. The
pipeline's own role must be allowed to invoke the function (lambda:InvokeFunction).
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
    "pipelines function get_approved_model --role-arn $ROLE     with a role that is there",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which function, and what it may read."""
    argument: Any = parser.add_argument("function", metavar="FUNCTION", help=", ".join(functions.known_functions()))
    argument.completer = lambda prefix, **_: [name for name in functions.known_functions() if name.startswith(prefix)]
    add = parser.add_argument
    add("--group", nargs="+", default=[], metavar="GROUP", help="the model package groups that it may read")
    add("--bucket", metavar="BUCKET", help="that it may work in, where it does")
    add("--kms-key", metavar="ARN", help="of that bucket, where it has one of its own")
    add("--role-arn", metavar="ARN", help="its role; without it one is made, or its policy renewed")
    add("--permissions-boundary", metavar="ARN", help="of the role that is made")


def run(arguments: argparse.Namespace, target: Target) -> dict[str, Any]:
    """The function's ARN and its role's, and what was done."""
    functions.folder_of(arguments.function)
    if target.root:
        raise UsageError(
            "there is nothing to deploy on this machine: [functions] in local.toml says where a function's code lies"
        )
    if bool(arguments.group or arguments.bucket) == bool(arguments.role_arn):
        raise UsageError("give --group or --bucket, what its role may use, or --role-arn, a role")
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
    """What was done."""
    lines = [f"{result['function']}: {result['action']}", f"  function {result['function_arn']}"]
    return "\n".join([*lines, f"  role     {result['role_arn']}"])
