"""The workflows for GitHub: nothing that actionlint or zizmor finds, actions by their commits, commands that work."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".github" / "workflows"
FILES = sorted(FOLDER.glob("*.yml"))


def program(name):
    """A program of this environment's."""
    found = shutil.which(name, path=f"{Path(sys.executable).parent}")
    return found or pytest.skip(f"{name} comes with the extra 'test'")


def test_actionlint_finds_nothing():
    done = subprocess.run([program("actionlint"), *map(str, FILES)], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


def test_zizmor_finds_nothing():
    done = subprocess.run(
        [program("zizmor"), "--offline", "--strict-collection", str(ROOT / ".github")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_actions_are_pinned_to_commits(path):
    used = re.findall(r"uses: (\S+)(.*)", path.read_text())

    for action, comment in used:
        if not action.startswith("./"):
            assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", action), action
            assert re.fullmatch(r" # v\d+\.\d+\.\d+", comment), action


def test_ci_runs_the_readmes_words():
    steps = yaml.safe_load(FOLDER.joinpath("ci.yml").read_text())["jobs"]["tests"]["steps"]
    words = [step["run"] for step in steps if "run" in step]

    assert words == ["pip install tox tox-uv && tox", "git diff --exit-code"]
    assert words[0] in (ROOT / "README.md").read_text()


def test_production_waits_for_pre_production_and_for_its_own_environment():
    jobs = yaml.safe_load(FOLDER.joinpath("deploy.yml").read_text())["jobs"]

    assert jobs["production"]["needs"] == "pre-production"
    assert [job["with"]["approval"] for job in jobs.values()] == ["pre-production", "production"]
    for job in jobs.values():
        assert (ROOT / "deploy" / "batch" / job["with"]["config"]).is_file()


def test_the_plan_is_shown_before_it_is_applied_and_it_is_that_plan():
    (job,) = yaml.safe_load(FOLDER.joinpath("deploy-environment.yml").read_text())["jobs"].values()
    words = "\n".join(step.get("run", "") for step in job["steps"])

    assert job["environment"] == "${{ inputs.approval }}", "which the accounts' roles trust"
    order = ["deploy/batch/build.py", "terraform plan", "GITHUB_STEP_SUMMARY", "terraform apply -input=false plan.bin"]
    assert [words.index(one) for one in order] == sorted(words.index(one) for one in order)


def test_the_release_step_runs_as_it_stands(tmp_path):
    """With a python that only says how it was called."""
    (job,) = yaml.safe_load(FOLDER.joinpath("deploy-environment.yml").read_text())["jobs"].values()
    (step,) = [one for one in job["steps"] if "build.py" in one.get("run", "")]
    tmp_path.joinpath("python").write_text('#!/bin/sh\nfor word; do echo "$word"; done\n')
    tmp_path.joinpath("python").chmod(0o755)
    given = {name: name.lower().replace("_", "-") for name in step["env"]} | {
        "EXTENDED": "extended.json",
        "PATH": f"{tmp_path}:/usr/bin:/bin",
    }

    def words(**changed):
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", step["run"]],
            env=given | changed, capture_output=True, text=True, check=True,
        )  # fmt: skip
        return done.stdout.splitlines()

    newest, one = words(VERSION=""), words(VERSION="3")
    assert newest[0] == "deploy/batch/build.py"
    assert "--model-package-version" not in newest
    assert one[-2:] == ["--model-package-version", "3"]
    from deploy.batch.build import _parser

    numbers = {"stage": "staging", "environment": "preprod"}
    parsed = [numbers.get(one, one) for one in newest[1:]]
    assert _parser().parse_args(parsed).import_config == "deploy/batch/config"
