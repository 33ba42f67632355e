"""What a clone requires when it is installed: with the framework as a folder, and with its wheel in its stead."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib

import pytest
from paths import FRAMEWORK, ROOT

COPIED = ("pipelines", "deploy", "setup.cfg", "setup.py", "README.md", "LICENSE")


@pytest.fixture
def requirements(tmp_path):
    """Extra -> what it adds, of a copy of this clone; the framework's folder has its modules, or is not there."""

    def of(has_framework):
        folder = tmp_path / f"clone-{has_framework}"
        for name in (*COPIED, *(["framework"] if has_framework else [])):
            source = ROOT / name
            ignored = shutil.ignore_patterns("__pycache__", "tests", "benchmarks", "*.egg-info")
            copy = shutil.copytree if source.is_dir() else shutil.copy
            copy(source, folder / name, **({"ignore": ignored} if source.is_dir() else {}))
        words = [sys.executable, "setup.py", "--quiet", "egg_info"]
        done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        (made,) = folder.glob("*.egg-info")
        return made

    return of


def read(egg_info):
    found, section = {"": set()}, ""
    for line in egg_info.joinpath("requires.txt").read_text().split("\n"):
        if line.startswith("["):
            section = line.strip("[]").partition(":")[0]
        elif line:
            found.setdefault(section, set()).add(line)
    return found


@pytest.mark.skipif(not FRAMEWORK.is_dir(), reason="the framework is installed as a wheel here")
def test_with_the_folder_its_packages_and_what_they_require_are_the_clones(requirements):
    made = requirements(has_framework=True)

    required = read(made)
    project = tomllib.loads((FRAMEWORK / "pyproject.toml").read_text())["project"]
    assert {"boto3", "rich"} <= set(required[""]) and "sagemaker<4,>=3.27" in required[""]
    for extra, names in {"": project["dependencies"], **project["optional-dependencies"]}.items():
        assert {bare(name) for name in names} <= {bare(name) for name in required[extra]}
    tops = set(made.joinpath("top_level.txt").read_text().split())
    assert tops == {"deploy", "local_sagemaker", "model_monitor", "pipelines"}


def test_without_it_its_wheel_is_required_at_the_version_that_the_folder_has(requirements):
    made = requirements(has_framework=False)

    required = read(made)
    assert "boto3" not in required[""]
    (pinned,) = [name for name in required[""] if name.startswith("local-sagemaker")]
    assert {f"local-sagemaker[{extra}]=={pinned.partition('==')[2]}" for extra in ("local", "notebook", "test")} <= {
        name for names in required.values() for name in names
    }
    assert set(made.joinpath("top_level.txt").read_text().split()) == {"deploy", "pipelines"}
    if FRAMEWORK.is_dir():
        assert pinned == f"local-sagemaker=={version()}"


@pytest.mark.skipif(not FRAMEWORK.is_dir(), reason="the framework is installed as a wheel here")
def test_both_distributions_have_the_same_licence():
    assert (FRAMEWORK / "LICENSE").read_text() == (ROOT / "LICENSE").read_text()


def version():
    text = (FRAMEWORK / "local_sagemaker" / "__version__.py").read_text()
    return text.partition('__version__ = "')[2].partition('"')[0]


def bare(requirement):
    """A requirement's name, with its extras."""
    return requirement.replace(" ", "").partition(";")[0].partition("=")[0].partition("<")[0].partition(">")[0]
