"""Select where a notebook works, on this machine or on SageMaker, and create what it needs there."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from local_sagemaker.near_names import did_you_mean
from local_sagemaker.tools.aws_errors import is_missing
from local_sagemaker.tools.code import function_code
from local_sagemaker.tools.command_errors import UsageError
from local_sagemaker.tools.service import functions
from local_sagemaker.tools.targets import Target, default_bucket, execution_role, open_target

from botocore.exceptions import ClientError

HERE, SAGEMAKER = "this machine", "SageMaker"
LOCAL_CONFIG = Path(__file__).resolve().parents[1] / "local.toml"
APPROVED_MODEL = "get_approved_model"
#: The packages of this project that the function imports.
PACKAGES = ("pipelines", "model_monitor")
#: The model package groups of the notebooks' models.
GROUPS = ("AbalonePackageGroup", "ChurnPackageGroup", "AbaloneTensorFlowPackageGroup")


class Account(NamedTuple):
    """The arguments that ``get_pipeline`` takes from the account, and the check engine.

    A ``check_engine`` of None selects the one in project.toml.
    """

    region: str
    role: str
    default_bucket: str
    check_engine: str | None = None


def choose(where: str) -> Target:
    """Return the target: a folder ``.local-sagemaker`` next to the notebook, or the AWS account that is signed in to.

    Raises:
        UsageError: ``where`` is neither ``this machine`` nor ``SageMaker``.
    """
    if where not in (HERE, SAGEMAKER):
        hint = did_you_mean(where, (HERE, SAGEMAKER))
        raise UsageError(f"WHERE is {where!r}{hint}; it may be {HERE!r} or {SAGEMAKER!r}")
    return open_target(True if where == HERE else None)


def account(target: Target, check_engine: str | None = None) -> Account:
    """Return region, role and bucket, as a Studio user has them, and the check engine.

    Raises:
        UsageError: the credentials do not belong to a role.
    """
    session = target.session
    return Account(str(session.region_name), execution_role(session), default_bucket(session), check_engine)


def prepare(target: Target, groups: Sequence[str] = GROUPS) -> dict[str, str]:
    """Create the bucket, and the function that looks up the approved version for scoring; return what was done.

    An existing function is not changed, as other projects may use it.

    Args:
        target: where to create them.
        groups: model package groups that the function may read.
    """
    done = {"bucket": make_bucket(target)}
    if target.root:
        return done | {"function": "none, as local.toml defines where its code is"}
    if functions.describe(target.session.client("lambda"), functions.deployed_name(APPROVED_MODEL)):
        return done | {"function": "none, as it exists"}
    return done | {"function": _deploy_function(target, groups)}


def _deploy_function(target: Target, groups: Sequence[str]) -> str:
    folder = _function_folder()
    try:
        return str(functions.deploy(target.session, folder, function_code(folder, PACKAGES), groups)["action"])
    except ClientError as error:
        if not error.response["Error"]["Code"].startswith("AccessDenied"):
            raise
        command = f"pipelines function {APPROVED_MODEL} --group {' '.join(groups)}"
        return f"not created, as you may not create its role; ask an administrator to run once: {command}"


def _function_folder() -> Path:
    """Return the folder of the function's code, which local.toml defines."""
    declared = tomllib.loads(LOCAL_CONFIG.read_text(encoding="utf-8"))["functions"]
    function = declared[functions.deployed_name(APPROVED_MODEL)]
    return LOCAL_CONFIG.parent / str(function["code"])


def make_bucket(target: Target) -> str:
    """Create the SDK's default bucket if it does not exist; return what was done."""
    s3, bucket, region = target.session.client("s3"), default_bucket(target.session), target.session.region_name
    try:
        s3.head_bucket(Bucket=bucket)
        return "none, as it exists"
    except ClientError as error:
        if not is_missing(error):
            raise
    location = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    s3.create_bucket(Bucket=bucket, **location)
    return "created"
