"""Checks the imports of scripts in this machine's S3 against the packages of their images."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from local_sagemaker.definition.lint import apply_rule
from local_sagemaker.definition.step_code import is_code
from local_sagemaker.errors import LocalSageMakerError
from local_sagemaker.start_checks.start import Start

RULE = "missing-in-image"


def missing_packages(start: Start) -> Iterator[str]:
    """Yield each import of a package that the script's image on AWS does not have."""

    def read(uri: str) -> dict[str, bytes]:
        try:
            objects = start.account.objects.find_matching(uri)
        except LocalSageMakerError:
            return {}  # another check reports it
        return {name: path.read_bytes() for name, path in objects if _is_code(name, path)}

    definition = start.definition.bind(None, start.values, read)
    yield from map(str, apply_rule(RULE, definition))


def _is_code(name: str, path: Path) -> bool:
    return is_code(name, path.stat().st_size)
