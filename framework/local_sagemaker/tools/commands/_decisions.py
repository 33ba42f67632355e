"""What approve and reject share."""

from __future__ import annotations

import argparse
from typing import Any

from local_sagemaker.tools.commands._names import add_model
from local_sagemaker.tools.service import registry
from local_sagemaker.tools.targets import Target


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which version, and why."""
    add_model(parser, help="the version; of a group alone, the newest one that is pending")
    parser.add_argument("--reason", metavar="TEXT", help="kept with the version, for whoever asks later")


def decide(arguments: argparse.Namespace, target: Target, status: str) -> dict[str, Any]:
    """Set the approval status; the version as it is then."""
    package = registry.find(target, arguments.model, registry.PENDING)
    decided = registry.model(target, registry.decide(target, package, status, arguments.reason))
    return decided | target.where
