"""The code here is shared by approve and reject."""

from __future__ import annotations

import argparse
from typing import Any

from local_sagemaker.tools.commands._names import add_model
from local_sagemaker.tools.service import registry
from local_sagemaker.tools.targets import Target


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments: the model version, and the reason."""
    add_model(parser, help="the version; for a group alone, its newest pending version")
    parser.add_argument("--reason", metavar="TEXT", help="reason, stored with the version")


def decide(arguments: argparse.Namespace, target: Target, status: str) -> dict[str, Any]:
    """Set the approval status; return the updated version."""
    package = registry.find(target, arguments.model, registry.PENDING)
    decided = registry.model(target, registry.decide(target, package, status, arguments.reason))
    return decided | target.where
