"""Download the baselines of a model version, to inspect them, or to edit them and supply them to an execution.

The files of each check go into a folder of their own: FOLDER/DATA_QUALITY/constraints.json. To use an edited file, pass
it to an execution by the parameter of its check, e.g. --parameters DataQualitySuppliedConstraints=FILE.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from local_sagemaker.tools.command_errors import UsageError
from local_sagemaker.tools.commands._names import add_model
from local_sagemaker.tools.service import registry
from local_sagemaker.tools.service.s3 import split_uri
from local_sagemaker.tools.targets import Target

EXAMPLES = (
    "pipelines baseline AbalonePackageGroup --local                    of the newest approved version",
    "pipelines baseline AbalonePackageGroup/3 --local --output mine",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments: the model version, and the folder to write to."""
    add_model(parser, help="the version; for a group alone, its newest approved version")
    parser.add_argument(
        "--output", type=Path, default=Path("baseline"), metavar="FOLDER", help="write to FOLDER (default: %(default)s)"
    )


def run(arguments: argparse.Namespace, target: Target) -> dict[str, Any]:
    """Download the files and return their paths. Existing files are not overwritten, as they may have been edited."""
    model = registry.model(target, registry.find(target, arguments.model, "Approved"))
    name = f"{model['group']}/{model['version']}"
    uris = {
        arguments.output / check / f"{file}.json": uri
        for check, files in model["baselines"].items()
        for file, uri in files.items()
        if uri
    }
    if not uris:
        raise UsageError(f"{name} has no baseline: it was registered by a pipeline without checks")
    if existing := [str(path) for path in uris if path.exists()]:
        raise UsageError(f"{existing[0]} exists already; remove it, or choose another folder with --output")
    for path, uri in uris.items():
        _fetch(target, uri, path)
    return {"model": name, "files": [str(path) for path in uris]}


def text(result: dict[str, Any]) -> str:
    """Return one line per file."""
    return "\n".join([f"the baseline of {result['model']}", *(f"  {file}" for file in result["files"])])


def _fetch(target: Target, uri: str, path: Path) -> None:
    bucket, key = split_uri(uri)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        target.session.client("s3").download_file(bucket, key, str(path))
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from None
