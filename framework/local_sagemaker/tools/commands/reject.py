"""Reject a model version, named by GROUP/VERSION; for a group alone, its newest pending version."""

from __future__ import annotations

import argparse
from typing import Any

from local_sagemaker.tools.commands import _decisions, models
from local_sagemaker.tools.targets import Target

EXAMPLES = (
    "pipelines reject AbalonePackageGroup --local",
    'pipelines reject AbalonePackageGroup/3 --local --reason "drifts on infants"',
)

text, add_arguments = models.describe, _decisions.add_arguments


def run(arguments: argparse.Namespace, target: Target) -> dict[str, Any]:
    """Reject the version; return it as it is afterwards."""
    return _decisions.decide(arguments, target, "Rejected")
