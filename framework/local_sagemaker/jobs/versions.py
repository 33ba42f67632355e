"""Records the versions that a job runs with, next to those of AWS's image."""

from __future__ import annotations

from importlib.metadata import distributions
from typing import Any

from local_sagemaker.images import Image
from local_sagemaker.sandbox import namespace
from local_sagemaker.sandbox.interpreters import Interpreter


def versions(image: Image, python: Interpreter) -> dict[str, Any]:
    """Return what a job's versions.json has: the interpreter, how /opt/ml is provided, and the image's packages."""
    return {
        "python": python.full_version,
        "interpreter": python.name,
        "/opt/ml": "a mount namespace" if namespace.is_available() else "SAGEMAKER_BASE_DIR and rewritten arguments",
        "packages": {
            name: {
                "here": _installed_version(name, python) or _installed_version(f"{name}-cpu", python),
                "image": image_version,
            }
            for name, image_version in image.packages.items()
        },
    }


def _installed_version(name: str, python: Interpreter) -> str | None:
    """Return the version of a package that an interpreter has; the first of its folders counts."""
    distributions_of_name = distributions(name=name, path=list(python.packages))
    return next((distribution.version for distribution in distributions_of_name), None)
