"""Copy the previous baseline of each check: the supplied one, otherwise that of the latest approved version.

    python3 resolve_baselines.pyz --group GROUP --check DATA_QUALITY STATISTICS-URI CONSTRAINTS-URI --check ...

A URI may be empty. Each check gets a folder with the files, renamed to statistics.json and constraints.json, and with
manifest.json, which says where they are from. So the folder is never empty: a processing job rejects an input that
is an empty prefix.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

from model_monitor import lifecycle
from model_monitor.job.check import MANIFEST_FILE, RESOLVED_FILES
from model_monitor.lifecycle import MEMBERS_BY_CHECK_TYPE, Baseline
from pipelines.scripts.container import InputError, ml, run

import boto3
from botocore.exceptions import ClientError

NO_MODEL_PACKAGE = "none yet"


def main(argv: Sequence[str] | None = None) -> None:
    """Run the script: read the arguments, look at the registry once, copy."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--group", required=True, help="the model package group")
    parser.add_argument(
        "--check", nargs=3, action="append", required=True, metavar=("TYPE", "STATISTICS", "CONSTRAINTS")
    )
    parser.add_argument("--output", type=Path, default=ml("processing", "baselines"), metavar="FOLDER")
    arguments = parser.parse_args(argv)
    resolve(boto3.Session(), arguments.group, arguments.check, arguments.output)


def resolve(session: Any, group: str, checks: Sequence[Sequence[str]], output: Path) -> None:
    """Write ``output/<check>/`` for each check.

    Args:
        session: a boto3 session.
        group: the model package group; a group that does not exist yet has no versions.
        checks: type, URI of the supplied statistics and of the constraints; each URI may be empty.
        output: the folder.

    Raises:
        InputError: there is no such check, or a file cannot be read.
    """
    approved = cache(partial(latest_approved, session.client("sagemaker"), group))
    for check, *supplied in checks:
        if check not in MEMBERS_BY_CHECK_TYPE:
            raise InputError(f"there is no check {check!r}; there are {', '.join(MEMBERS_BY_CHECK_TYPE)}")
        # If all files are supplied, no permission to read the registry is needed.
        package = None if lifecycle.can_compare(check, Baseline(*supplied)) else approved()
        registered = lifecycle.registered_baseline(check, package)
        previous = lifecycle.previous_baseline(Baseline(*supplied), registered)
        folder = output / check
        folder.mkdir(parents=True, exist_ok=True)
        files = {
            file_type: _copy_file(session.client("s3"), uri, folder / str(name), any(supplied))
            for file_type, uri, name in zip(Baseline._fields, previous, RESOLVED_FILES, strict=True)
            if uri
        }
        manifest = {
            "check_type": check,
            "source": "supplied" if any(supplied) else "registered" if files else "none",
            "model_package": (package or {}).get("ModelPackageArn", NO_MODEL_PACKAGE),
            "files": files,
        }
        folder.joinpath(MANIFEST_FILE).write_text(json.dumps(manifest, indent=2), encoding="utf-8")
        print(json.dumps(manifest))


def latest_approved(client: Any, group: str) -> Mapping[str, Any] | None:
    """Return the newest approved version of a group; None if there is none, or no such group."""
    try:
        summaries = client.list_model_packages(
            ModelPackageGroupName=group, ModelApprovalStatus="Approved", SortBy="CreationTime", SortOrder="Descending"
        )["ModelPackageSummaryList"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "ValidationException":  # there is no such group
            return None
        raise InputError(_aws_error_message(error, f"the versions of {group}", "sagemaker:ListModelPackages")) from None
    if not summaries:
        return None
    try:
        package: Mapping[str, Any] = client.describe_model_package(ModelPackageName=summaries[0]["ModelPackageArn"])
    except ClientError as error:
        arn = summaries[0]["ModelPackageArn"]
        raise InputError(_aws_error_message(error, arn, "sagemaker:DescribeModelPackage")) from None
    return package


def _copy_file(s3: Any, uri: str, path: Path, is_supplied: bool) -> dict[str, str]:
    """Write the object at a URI to a file; return its entry in the manifest."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    if not uri.startswith("s3://") or not key:
        raise InputError(f"{uri!r} is not the URI of a file; it has to be like s3://bucket/constraints.json")
    try:
        path.write_bytes(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    except ClientError as error:
        origin = "the supplied" if is_supplied else "the registered"
        raise InputError(_aws_error_message(error, f"{origin} {path.name} at {uri}", "s3:GetObject")) from None
    return {"uri": uri, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}


def _aws_error_message(error: ClientError, target: str, permission: str) -> str:
    details = error.response["Error"]
    reason = f"{details['Code']}: {details.get('Message', '')}"
    return f"cannot read {target}: {reason}; the job's role needs {permission} for it"


if __name__ == "__main__":
    run(main)
