"""Checks GitHub's workflows: actionlint and zizmor find nothing, actions are pinned to commits, and commands work."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest
import yaml
from paths import ROOT
from shells import find_program

FOLDER = ROOT / ".github" / "workflows"
FILES = sorted(FOLDER.glob("*.yml"))


def test_actionlint_finds_nothing():
    done = subprocess.run([find_program("actionlint"), *map(str, FILES)], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


def test_zizmor_finds_nothing():
    done = subprocess.run(
        [find_program("zizmor"), "--offline", "--strict-collection", str(ROOT / ".github")],
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


def test_ci_runs_the_readmes_commands():
    steps = yaml.safe_load(FOLDER.joinpath("ci.yml").read_text())["jobs"]["tests"]["steps"]
    commands = [step["run"] for step in steps if "run" in step]

    assert commands == ["pip install tox tox-uv && tox", "tox -m rest", "git diff --exit-code"]
    readme = (ROOT / "README.md").read_text()
    assert commands[0] in readme and commands[1] in readme


@pytest.mark.parametrize(("open_issue", "call"), [("", "issue create"), ("7", "issue comment 7")])
def test_the_canary_opens_one_issue_with_the_versions_and_the_failures(tmp_path, open_issue, call):
    steps = yaml.safe_load(FOLDER.joinpath("canary.yml").read_text())["jobs"]["newest"]["steps"]
    script = steps[-1]["run"]
    assert steps[-2]["run"] == "tox -e newest 2>&1 | tee newest.log"
    log = "moto==6.0.0\nnumpy==3.0\npandas==4.0\nFAILED tests/test_x.py::test_y - no\n1 failed\n"
    tmp_path.joinpath("newest.log").write_text(log)
    gh = f'#!/bin/sh\necho "$@" >> calls\n[ "$2" = list ] && echo "{open_issue}"\nexit 0\n'
    tmp_path.joinpath("gh").write_text(gh)
    tmp_path.joinpath("gh").chmod(0o755)

    subprocess.run(
        ["bash", "-e", "-c", script], check=True, cwd=tmp_path, env={"PATH": f"{tmp_path}:{os.defpath}", "RUN": "a-run"}
    )

    calls = tmp_path.joinpath("calls").read_text().splitlines()
    assert next(line for line in calls if line.startswith(("issue create", "issue comment"))).startswith(call)
    report = tmp_path.joinpath("report.md").read_text().splitlines()
    assert "a-run" in report[0]
    assert report[2:-1] == ["moto==6.0.0", "pandas==4.0", "FAILED tests/test_x.py::test_y - no"]


def test_production_waits_for_pre_production_and_deploys_the_same_version():
    jobs = yaml.safe_load(FOLDER.joinpath("deploy.yml").read_text())["jobs"]
    stages = {name: job for name, job in jobs.items() if name != "tests"}

    assert (jobs["pre-production"]["needs"], jobs["production"]["needs"]) == ("tests", "pre-production")
    assert "needs.pre-production.outputs" in jobs["production"]["with"]["model_package_version"]
    assert [job["with"]["approval"] for job in stages.values()] == ["pre-production", "production"]
    for job in stages.values():
        assert (ROOT / "deploy" / "batch" / job["with"]["config"]).is_file()


def test_exactly_the_plan_that_was_shown_is_applied():
    (job,) = yaml.safe_load(FOLDER.joinpath("deploy-environment.yml").read_text())["jobs"].values()
    commands = "\n".join(step.get("run", "") for step in job["steps"])

    assert job["environment"] == "${{ inputs.approval }}", "which the accounts' roles trust"
    order = ["deploy/batch/build.py", "terraform plan", "GITHUB_STEP_SUMMARY", "terraform apply -input=false plan.bin"]
    assert [commands.index(command) for command in order] == sorted(commands.index(command) for command in order)


@pytest.mark.parametrize(("version", "pinned"), [("", "false"), ("3", "false"), ("3", "true")])
def test_the_release_step_runs_unchanged_and_outputs_the_version(tmp_path, version, pinned):
    """With a python that only records its arguments."""
    (job,) = yaml.safe_load(FOLDER.joinpath("deploy-environment.yml").read_text())["jobs"].values()
    (step,) = [candidate for candidate in job["steps"] if "build.py" in candidate.get("run", "")]
    tmp_path.joinpath("python").write_text(
        f'#!/bin/sh\nif [ "$1" = -c ]; then exec {sys.executable} "$@"; fi\n'
        'for word; do echo "$word" >> called; done\necho \'{"ReleasedFrom": "arn:model-package/shells/7"}\'\n'
    )
    tmp_path.joinpath("python").chmod(0o755)
    environment = {name: name.lower().replace("_", "-") for name in step["env"]} | {
        "STAGE": "staging", "ENVIRONMENT": "preprod", "VERSION": version, "PINNED": pinned, "EXTENDED": "extended.json",
        "GITHUB_OUTPUT": str(tmp_path / "output"), "PATH": f"{tmp_path}:/usr/bin:/bin",
    }  # fmt: skip

    subprocess.run(["bash", "-euo", "pipefail", "-c", step["run"]], env=environment, cwd=tmp_path, check=True)

    script, *arguments = tmp_path.joinpath("called").read_text().splitlines()
    from deploy import flags
    from deploy.batch.build import _parser

    assert (ROOT / script).is_file()
    parsed = _parser().parse_args(arguments)
    assert parsed.import_config == "deploy/batch/config"
    assert parsed.model_package_version == (int(version) if version else None)
    assert flags.is_pinned(parsed) is (pinned == "true")
    assert tmp_path.joinpath("output").read_text() == "model_package_version=7\n"
