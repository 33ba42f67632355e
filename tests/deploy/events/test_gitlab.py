"""Runs the unchanged jobs of GitLab's pipeline with a local runner and moto, without GitLab."""

from __future__ import annotations

import json
import os
import shutil
import subprocess

import pytest
from paths import ROOT, python_path

pytest.importorskip("moto.server", reason="AWS is a moto server, of the extra 'test'")
pytest.importorskip("sagemaker.core", reason="needs the SageMaker SDK")

import terraform
import warm
import yaml
from moto_over_http import BUCKET, REGION
from shells import find_program

pytestmark = pytest.mark.long
SCRIPTS = sorted((ROOT / "deploy" / "events" / "ci").glob("*.sh"))
RUNNER = "gitlab-ci-local"
#: Programs that are replaced by scripts that record their arguments.
RECORDED_PROGRAMS = ("pip", "tox")
BACKEND = ("use_path_style=true", "skip_credentials_validation=true", "skip_requesting_account_id=true")


@pytest.fixture(scope="module")
def runner(tmp_path_factory, leave_network):
    """Return the command that runs jobs on this machine: an installed one, or one from npm."""
    if shutil.which("rsync") is None:
        pytest.skip("gitlab-ci-local needs rsync: apt-get install rsync, or brew install rsync")
    if path := shutil.which(RUNNER):
        return [path]
    folder = tmp_path_factory.mktemp("npm")
    if shutil.which("npm") is None or not install_runner(folder, leave_network):
        pytest.skip("gitlab-ci-local cannot be installed: it needs npm (Node.js 20), and a way to its registry")
    return [str(folder / "node_modules" / ".bin" / RUNNER)]


def install_runner(folder, leave_network):
    """Return whether npm could install the runner; without access to its registry npm would retry for minutes."""
    brief = ["--no-audit", "--no-fund", "--fetch-retries=1", "--fetch-timeout=20000"]
    command = ["npm", "install", *brief, "--prefix", str(folder), f"{RUNNER}@4.65.0"]
    try:
        return (
            subprocess.run(command, capture_output=True, check=False, timeout=120, preexec_fn=leave_network).returncode
            == 0
        )
    except subprocess.TimeoutExpired:
        return False


@pytest.fixture
def clone(tmp_path):
    """Copy the current project to a new repository whose origin is at GitLab."""
    folder = tmp_path / "clone"
    files = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    for name in filter(None, files.split("\0")):
        if (ROOT / name).is_file():
            folder.joinpath(name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    author = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"]
    for arguments in (
        ["init", "-q", "-b", "main"], ["add", "-A"], [*author, "commit", "-q", "-m", "all"],
        ["remote", "add", "origin", "https://gitlab.example.com/a-group/shells.git"],
        ["update-ref", "refs/remotes/origin/main", "HEAD"],
        ["symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main"],
    ):  # fmt: skip
        subprocess.run(["git", *arguments], cwd=folder, check=True)
    return folder


@pytest.fixture
def run_jobs(aws, clone, runner, tmp_path):
    """Return a function that runs jobs in the clone, and returns the completed process."""
    terraform.require()
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in RECORDED_PROGRAMS:
        programs.joinpath(name).write_text(f'#!/bin/sh\necho {name} "$@" >> {tmp_path}/recorded\n')
    programs.joinpath("python").write_text(warm.script(warm.python()))
    for path in programs.iterdir():
        path.chmod(0o755)
    role = aws.client("iam").get_role(RoleName="jobs")["Role"]["Arn"]
    config = {
        "region": REGION, "bucket_name": BUCKET, "bucket_prefix": "shells", "role_arn": role,
        "model_package_group_name": "Shells", "upload_training_data": True, "training_data_file": "known.csv",
    }  # fmt: skip
    clone.joinpath("known.csv").write_text("M,1,9\n")
    clone.joinpath("config.json").write_text(json.dumps(config))
    clone.joinpath("deploy", "events", "moto_override.tf").write_text(terraform.PROVIDER)
    init = [*(f"-backend-config={setting}" for setting in BACKEND), *terraform.mirror_arguments()]
    variables = {
        "CI_PROJECT_DIR": str(clone), "CI_COMMIT_BRANCH": "main", "CI_DEFAULT_BRANCH": "main",
        "AWS_ID_TOKEN": "a-token", "EVENTS_CONFIG": f"{clone}/config.json",
        "STATE_BUCKET": BUCKET, "STATE_KEY": "events.state", "STATE_REGION": REGION,
    }  # fmt: skip
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("TF_")},
        "PATH": f"{programs}:{os.environ['PATH']}", "HOME": str(tmp_path), "TF_CLI_ARGS_init": " ".join(init),
        "PYTHONPATH": python_path(clone),  # as the recorded pip would install it
        "TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1",
    }  # fmt: skip

    def run(*arguments):
        flags = [word for name, value in variables.items() for word in ("--variable", f"{name}={value}")]
        return subprocess.run(
            [*runner, "--force-shell-executor", *flags, *arguments],
            env=environment, cwd=clone, capture_output=True, text=True, check=False,
        )  # fmt: skip

    return run


def names(aws):
    """Return pipelines, functions and the number of rules of the account."""
    return (
        sorted(summary["PipelineName"] for summary in aws.client("sagemaker").list_pipelines()["PipelineSummaries"]),
        sorted(function["FunctionName"] for function in aws.client("lambda").list_functions()["Functions"]),
        len(aws.client("events").list_rules()["Rules"]),
    )


def test_the_first_run_works_without_approved_versions_and_manual_jobs_apply_and_destroy(
    aws, run_jobs, clone, tmp_path
):
    planned = run_jobs()
    assert planned.returncode == 0, planned.stdout + planned.stderr
    assert tmp_path.joinpath("recorded").read_text().splitlines() == [
        "pip install --quiet tox tox-uv", "tox -e lint", "pip install --quiet tox tox-uv", "tox",
        "pip install --quiet -e .",
    ]  # fmt: skip
    pipelines = ["InferencePipeline", "TrainingPipeline", "TrainingWHPOPipeline"]
    assert names(aws) == (pipelines, [], 0), "it waits for a reviewer"
    plan = clone.joinpath("deploy", "events", "plan.txt").read_text()
    assert "Plan: " in plan and 'aws_cloudwatch_event_rule.rule["model-quality-lost"]' in plan
    assert not clone.joinpath(".web-identity-token").exists()

    for jobs in (["apply"], ["upload", "--manual", "apply"]):
        applied = run_jobs(*jobs)
        assert applied.returncode == 0, applied.stdout + applied.stderr
    assert names(aws)[1:] == (
        ["sagemaker-pipeline-approved-model", "sagemaker-pipeline-notification", "sagemaker-pipeline-retraining",
         "sagemaker-pipeline-start"], 6,
    )  # fmt: skip
    keys = [item["Key"] for item in aws.client("s3").list_objects_v2(Bucket=BUCKET)["Contents"]]
    assert {"shells/training/data/raw/known.csv", "events.state"} <= {*keys}

    for jobs in (["destroy"], ["remove", "--manual", "destroy"]):
        destroyed = run_jobs(*jobs)
        assert destroyed.returncode == 0, destroyed.stdout + destroyed.stderr
    assert names(aws) == ([], [], 0)
    keys = [item["Key"] for item in aws.client("s3").list_objects_v2(Bucket=BUCKET)["Contents"]]
    assert keys == ["events.state"]


def test_a_wrong_configuration_ends_the_run_before_anything_is_changed(aws, run_jobs, clone):
    config = clone / "config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"cool_down_hour": 3}))

    done = run_jobs("pipelines")

    assert done.returncode == 1
    assert "cool_down_hour is not a setting; did you mean 'cool_down_hours'?" in done.stdout + done.stderr
    assert names(aws) == ([], [], 0)


def test_the_file_is_valid_for_gitlab(tmp_path):
    command = [
        find_program("check-jsonschema"),
        "--builtin-schema",
        "vendor.gitlab-ci",
        "--data-transform",
        "gitlab-ci",
    ]

    done = subprocess.run([*command, str(ROOT / ".gitlab-ci.yml")], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


def test_shellcheck_finds_nothing():
    command = [find_program("shellcheck"), "-x", *map(str, SCRIPTS)]

    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout


def test_github_runs_the_same_scripts():
    workflow = (ROOT / ".github" / "workflows" / "events.yml").read_text()
    gitlab = (ROOT / ".gitlab-ci.yml").read_text()

    for path in SCRIPTS:
        if os.access(path, os.X_OK):
            name = f"deploy/events/ci/{path.name}"
            assert name in workflow and name in gitlab


def test_jobs_that_change_the_account_are_manual():
    """The test removes GitLab's tag !reference, which YAML does not define."""
    text = (ROOT / ".gitlab-ci.yml").read_text().replace("!reference ", "")
    jobs = {name: job for name, job in yaml.safe_load(text).items() if isinstance(job, dict) and "stage" in job}

    by_hand = {name for name, job in jobs.items() if any(rule.get("when") == "manual" for rule in job.get("rules", ()))}
    assert by_hand == {"apply", "upload", "destroy", "remove"}
    assert (jobs["upload"]["needs"], jobs["remove"]["needs"]) == (["apply"], ["destroy"])
