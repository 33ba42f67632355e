"""List registered model versions with metric, threshold and approval; for one version, also its origin and files."""

from __future__ import annotations

import argparse
from itertools import islice
from typing import Any

from local_sagemaker.tools.commands._names import add_limit, add_model
from local_sagemaker.tools.service import registry, s3
from local_sagemaker.tools.targets import Target
from local_sagemaker.tools.terminal.output import moment, table
from local_sagemaker.tools.terminal.summaries import metrics_text

EXAMPLES = (
    "pipelines models --local",
    "pipelines models AbalonePackageGroup --local",
    "pipelines models AbalonePackageGroup/3 --local",
)
HEADER = ("MODEL", "APPROVAL", "VALUE", "LIMIT", "NAIVE", "METRIC", "CREATED", "EXECUTION")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments: the group or version, and how many versions to list."""
    add_model(parser, nargs="?", help="a group, or one of its versions; default: every group")
    add_limit(parser)


def run(arguments: argparse.Namespace, target: Target) -> dict[str, Any]:
    """Return ``{"models": [...]}``, or one model if a version is named."""
    name = arguments.model
    if name and ("/" in name):
        model = registry.model(target, registry.find(target, name))
        return model | target.where
    newest = islice(registry.versions(target, name), arguments.max)
    return {"models": [registry.describe_version(target, package) for package in newest]}


def text(result: dict[str, Any]) -> Any:
    """Return a table, or the lines of one version."""
    return table(HEADER, map(_row, result["models"])) if "models" in result else describe(result)


def describe(model: dict[str, Any]) -> str:
    """Return the lines of one version: approval, metric, lineage, files."""
    why = f" ({model['approval_description']})" if model["approval_description"] else ""
    facts = {
        "approval": f"{model['approval_status']}{why}",
        "metric": metrics_text(model) if "metric" in model else None,
        "created": moment(model["created"]),
        **model["lineage"],
        "files": s3.place(model["model_data"], model.get("root")),
    }
    lines = [f"  {name.ljust(9)}  {value}" for name, value in facts.items() if value]
    for check, files in model["baselines"].items():
        lines += [f"  baseline   {check}: {s3.place(uri, model.get('root'))}" for uri in files.values() if uri]
    return "\n".join([f"{model['group']}/{model['version']}", *lines])


def _row(model: dict[str, Any]) -> tuple[Any, ...]:
    execution = (model["lineage"]["execution"] or "").rpartition("/")[2]
    numbers = [model.get(name) for name in ("value", "threshold", "naive", "metric")]
    name = f"{model['group']}/{model['version']}"
    return name, model["approval_status"], *numbers, moment(model["created"]), execution
