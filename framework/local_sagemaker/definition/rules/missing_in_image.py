"""A script imports a package that its image does not have: it runs on this machine, if that has the package, and fails
on AWS.

The script's code is read where it is known: in a module's uploads, and in the objects of this machine. The packages of
AWS's images are those of their public build files. A requirements.txt beside the script is installed on AWS.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.image_packages import packages_of
from local_sagemaker.definition.imports import foreign_imports
from local_sagemaker.definition.rules import WARNING, Mistake, _examples
from local_sagemaker.definition.step_code import StepCode, step_code

LEVEL = WARNING
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/dg/processing-job-frameworks-xgboost.html"
_SCRIPT = {
    "AppSpecification": {
        "ImageUri": _examples.IMAGE,
        "ContainerEntrypoint": ["python3", "/opt/ml/processing/data/script.py"],
    }
}
GOOD = _examples.definition(_examples.processing(arguments=_SCRIPT))
BAD = _examples.definition(
    _examples.with_value(
        _examples.processing(arguments=_SCRIPT),
        "Arguments.ProcessingInputs[0].S3Input.S3Uri",
        "s3://bucket/code",
    )
)
#: The code of the examples.
CODE = {"s3://bucket/data": {"script.py": b"import numpy"}, "s3://bucket/code": {"script.py": b"import matplotlib"}}
_REQUIREMENT = re.compile(r"[A-Za-z0-9][\w.-]*")


def check(definition: Definition) -> Iterator[Mistake]:
    """Check the scripts of each step that can be read."""
    for step in definition.steps:
        for code in step_code(step.arguments, definition.read_code):
            for message in _missing(code):
                fix = "choose an image that has it, or name its package in a requirements.txt that is installed"
                yield Mistake(f"{step.path}.Arguments.{code.member}", message, fix)


def _missing(code: StepCode) -> Iterator[str]:
    packages = packages_of(code.image)
    if packages is None:
        return
    required = _required_modules(code.requirements or "")
    for path, line, module in foreign_imports(code.files, code.script, code.folders):
        if not packages.has(module) and module not in required:
            name = posixpath.relpath(path, posixpath.dirname(code.script))
            yield f"runs {name}, whose line {line} imports {module}, which {packages.name} does not have"


def _required_modules(requirements: str) -> set[str]:
    """Return the modules of what a requirements.txt names: those of the same name, and those that are known here."""
    lines = (line.strip() for line in requirements.splitlines())
    names = {_normalise(match[0]) for line in lines if (match := _REQUIREMENT.match(line))}
    installed_modules = {module for module, distributions in _known_modules().items() if names & set(distributions)}
    return {name.replace("-", "_") for name in names} | installed_modules


@cache
def _known_modules() -> dict[str, set[str]]:
    return {module: set(map(_normalise, names)) for module, names in packages_distributions().items()}


def _normalise(name: str) -> str:
    """Return a distribution's name as indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()
