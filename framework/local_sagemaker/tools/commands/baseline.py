"""Fetch the baselines that a model version carries, to look at them or to edit them and supply them to an execution.

Each check's files come into a folder of its own: FOLDER/DATA_QUALITY/constraints.json. An edited file is given to an
execution by the parameter of its check, e.g. --parameters DataQualitySuppliedConstraints=FILE.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from local_sagemaker.tools.command_errors import UsageError
from local_sagemaker.tools.commands._names import add_model
from local_sagemaker.tools.service import registry
from local_sagemaker.tools.targets import Target

EXAMPLES = (
    "pipelines baseline AbalonePackageGroup --local                    of the newest approved version",
    "pipelines baseline AbalonePackageGroup/3 --local --output mine",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which version, and where to."""
    add_model(parser, help="the version; of a group alone, the newest one that is approved")
    parser.add_argument("--output", type=Path, default=Path("baseline"), metavar="FOLDER", help="default: %(default)s")


def run(arguments: argparse.Namespace, target: Target) -> dict[str, Any]:
    """The files that were fetched; one that is there already is not overwritten, as it may be edited."""
    model = registry.model(target, registry.find(target, arguments.model, "Approved"))
    name = f"{model['group']}/{model['version']}"
    wanted = {
        arguments.output / check / f"{kind}.json": uri
        for check, files in model["baselines"].items()
        for kind, uri in files.items()
        if uri
    }
    if not wanted:
        raise UsageError(f"{name} carries no baseline: it was registered by a pipeline without checks")
    if there := [str(path) for path in wanted if path.exists()]:
        raise UsageError(f"{there[0]} is there already; remove it, or give another folder with --output")
    for path, uri in wanted.items():
        _fetch(target, uri, path)
    return {"model": name, "files": [str(path) for path in wanted]}


def text(result: dict[str, Any]) -> str:
    """A line a file."""
    return "\n".join([f"the baseline of {result['model']}", *(f"  {file}" for file in result["files"])])


def _fetch(target: Target, uri: str, path: Path) -> None:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        target.session.client("s3").download_file(bucket, key, str(path))
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from None
