"""Where a notebook works: on this machine, or on SageMaker, by one switch; and what it needs there beforehand."""

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
#: What the function imports of ours.
PACKAGES = ("pipelines", "model_monitor")
#: Of the notebooks' models.
GROUPS = ("AbalonePackageGroup", "ChurnPackageGroup", "AbaloneTensorFlowPackageGroup")


class Account(NamedTuple):
    """What ``get_pipeline`` is told of the account, and whose checks it has; None for what project.toml says."""

    region: str
    role: str
    default_bucket: str
    check_engine: str | None = None


def choose(where: str) -> Target:
    """The target that the switch names: a folder ``.local-sagemaker`` beside the notebook, or the account that one is
    signed in to.

    Raises:
        UsageError: it names neither.
    """
    if where not in (HERE, SAGEMAKER):
        hint = did_you_mean(where, (HERE, SAGEMAKER))
        raise UsageError(f"WHERE is {where!r}{hint}; it may be {HERE!r} or {SAGEMAKER!r}")
    return open_target(True if where == HERE else None)


def account(target: Target, check_engine: str | None = None) -> Account:
    """Region, role and bucket, as a Studio user has them, and whose checks the pipelines have.

    Raises:
        UsageError: who is signed in works as no role.
    """
    session = target.session
    return Account(str(session.region_name), execution_role(session), default_bucket(session), check_engine)


def prepare(target: Target, groups: Sequence[str] = GROUPS) -> dict[str, str]:
    """Make what scoring needs beside a bucket: the function that looks up the approved version; what was done.

    A function that is there is left as it is: others may use it.

    Args:
        target: where.
        groups: model package groups that the function may read.
    """
    done = {"bucket": make_bucket(target)}
    if target.root:
        return done | {"function": "none, as local.toml says where its code lies"}
    if functions.describe(target.session.client("lambda"), functions.deployed_name(APPROVED_MODEL)):
        return done | {"function": "none, as it is there"}
    return done | {"function": _deployed(target, groups)}


def _deployed(target: Target, groups: Sequence[str]) -> str:
    folder = _folder()
    try:
        return str(functions.deploy(target.session, folder, function_code(folder, PACKAGES), groups)["action"])
    except ClientError as error:
        if not error.response["Error"]["Code"].startswith("AccessDenied"):
            raise
        words = f"pipelines function {APPROVED_MODEL} --group {' '.join(groups)}"
        return f"not made, as you may not make its role; let somebody run, once: {words}"


def _folder() -> Path:
    """Where local.toml says that the function's code lies."""
    declared = tomllib.loads(LOCAL_CONFIG.read_text(encoding="utf-8"))["functions"]
    function = declared[functions.deployed_name(APPROVED_MODEL)]
    return LOCAL_CONFIG.parent / str(function["code"])


def make_bucket(target: Target) -> str:
    """Make the bucket that the SDK takes by default, where it is not there; what was done."""
    s3, bucket, region = target.session.client("s3"), default_bucket(target.session), target.session.region_name
    try:
        s3.head_bucket(Bucket=bucket)
        return "none, as it is there"
    except ClientError as error:
        if not is_missing(error):
            raise
    place = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    s3.create_bucket(Bucket=bucket, **place)
    return "created"
