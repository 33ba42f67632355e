"""The previous baseline of each check: what was supplied, else what the latest approved version carries.

    python3 resolve_baselines.pyz --group GROUP --check DATA_QUALITY STATISTICS-URI CONSTRAINTS-URI --check ...

A URI may be empty. Each check gets a folder with the files, statistics.json and constraints.json whatever they were
called, and manifest.json, which says where they are from: an input of a processing job must not be an empty prefix.
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
from model_monitor.job.check import MANIFEST, RESOLVED
from model_monitor.lifecycle import FAMILIES, Baseline
from pipelines.scripts.container import InputError, ml, run

import boto3
from botocore.exceptions import ClientError

NONE_YET = "none yet"


def main(argv: Sequence[str] | None = None) -> None:
    """The script: read the arguments, look at the registry once, copy."""
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
        session: of boto3.
        group: the model package group; one that is not there yet has no versions.
        checks: type, URI of the supplied statistics and of the constraints; each URI may be empty.
        output: the folder.

    Raises:
        InputError: there is no such check, or a file cannot be read.
    """
    approved = cache(partial(latest_approved, session.client("sagemaker"), group))
    for check, *supplied in checks:
        if check not in FAMILIES:
            raise InputError(f"there is no check {check!r}; there are {', '.join(FAMILIES)}")
        # Who supplies all files needs no right to look at the registry.
        package = None if lifecycle.can_compare(check, Baseline(*supplied)) else approved()
        registered = lifecycle.registered_baseline(check, package)
        previous = lifecycle.previous_baseline(Baseline(*supplied), registered)
        folder = output / check
        folder.mkdir(parents=True, exist_ok=True)
        files = {
            kind: _copied(session.client("s3"), uri, folder / str(name), any(supplied))
            for kind, uri, name in zip(Baseline._fields, previous, RESOLVED, strict=True)
            if uri
        }
        manifest = {
            "check_type": check,
            "source": "supplied" if any(supplied) else "registered" if files else "none",
            "model_package": (package or {}).get("ModelPackageArn", NONE_YET),
            "files": files,
        }
        folder.joinpath(MANIFEST).write_text(json.dumps(manifest, indent=2), encoding="utf-8")
        print(json.dumps(manifest))


def latest_approved(client: Any, group: str) -> Mapping[str, Any] | None:
    """The newest approved version of a group; None where there is none, or no such group."""
    try:
        found = client.list_model_packages(
            ModelPackageGroupName=group, ModelApprovalStatus="Approved", SortBy="CreationTime", SortOrder="Descending"
        )["ModelPackageSummaryList"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "ValidationException":  # there is no such group
            return None
        raise InputError(_refused(error, f"the versions of {group}", "sagemaker:ListModelPackages")) from None
    if not found:
        return None
    try:
        described: Mapping[str, Any] = client.describe_model_package(ModelPackageName=found[0]["ModelPackageArn"])
    except ClientError as error:
        what = found[0]["ModelPackageArn"]
        raise InputError(_refused(error, what, "sagemaker:DescribeModelPackage")) from None
    return described


def _copied(s3: Any, uri: str, path: Path, is_supplied: bool) -> dict[str, str]:
    """The object at a URI as a file; what the manifest says of it."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    if not uri.startswith("s3://") or not key:
        raise InputError(f"{uri!r} is no URI of a file, such as s3://bucket/constraints.json")
    try:
        path.write_bytes(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    except ClientError as error:
        whose = "the supplied" if is_supplied else "the registered"
        raise InputError(_refused(error, f"{whose} {path.name} at {uri}", "s3:GetObject")) from None
    return {"uri": uri, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}


def _refused(error: ClientError, what: str, right: str) -> str:
    said = error.response["Error"]
    return f"cannot read {what}: {said['Code']}: {said.get('Message', '')}; the job's role needs {right} there"


if __name__ == "__main__":
    run(main)
