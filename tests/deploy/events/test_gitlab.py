"""GitLab's pipeline: a runner of jobs runs them, as they stand, against moto; nothing of it needs GitLab."""

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
from shells import installed_program

pytestmark = pytest.mark.long
SCRIPTS = sorted((ROOT / "deploy" / "events" / "ci").glob("*.sh"))
RUNNER = "gitlab-ci-local"
#: Programs that a job calls and that the test does not run again: what each was asked is noted.
NOTED = ("pip", "tox")
BACKEND = ("use_path_style=true", "skip_credentials_validation=true", "skip_requesting_account_id=true")


@pytest.fixture(scope="module")
def runner(tmp_path_factory, outside):
    """The command that runs jobs on this machine: one that is there, or one that npm installs."""
    if shutil.which("rsync") is None:
        pytest.skip("gitlab-ci-local needs rsync: apt-get install rsync, or brew install rsync")
    if found := shutil.which(RUNNER):
        return [found]
    folder = tmp_path_factory.mktemp("npm")
    if shutil.which("npm") is None or not installed(folder, outside):
        pytest.skip("gitlab-ci-local cannot be installed: it needs npm (Node.js 20), and a way to its registry")
    return [str(folder / "node_modules" / ".bin" / RUNNER)]


def installed(folder, outside):
    """Whether npm could install the runner there; one that finds no way to its registry would try for minutes."""
    brief = ["--no-audit", "--no-fund", "--fetch-retries=1", "--fetch-timeout=20000"]
    words = ["npm", "install", *brief, "--prefix", str(folder), f"{RUNNER}@4.65.0"]
    try:
        return subprocess.run(words, capture_output=True, check=False, timeout=120, preexec_fn=outside).returncode == 0
    except subprocess.TimeoutExpired:
        return False


@pytest.fixture
def clone(tmp_path):
    """The project as it is now, in a repository of its own whose origin is GitLab's."""
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
    who = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"]
    for words in (
        ["init", "-q", "-b", "main"], ["add", "-A"], [*who, "commit", "-q", "-m", "all"],
        ["remote", "add", "origin", "https://gitlab.example.com/a-group/shells.git"],
        ["update-ref", "refs/remotes/origin/main", "HEAD"],
        ["symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main"],
    ):  # fmt: skip
        subprocess.run(["git", *words], cwd=folder, check=True)
    return folder


@pytest.fixture
def ran(aws, clone, runner, tmp_path):
    """Run jobs in the clone; how that ended."""
    terraform.require()
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in NOTED:
        programs.joinpath(name).write_text(f'#!/bin/sh\necho {name} "$@" >> {tmp_path}/noted\n')
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
    init = [*(f"-backend-config={one}" for one in BACKEND), *terraform.from_mirror()]
    variables = {
        "CI_PROJECT_DIR": str(clone), "CI_COMMIT_BRANCH": "main", "CI_DEFAULT_BRANCH": "main",
        "AWS_ID_TOKEN": "a-token", "EVENTS_CONFIG": f"{clone}/config.json",
        "STATE_BUCKET": BUCKET, "STATE_KEY": "events.state", "STATE_REGION": REGION,
    }  # fmt: skip
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("TF_")},
        "PATH": f"{programs}:{os.environ['PATH']}", "HOME": str(tmp_path), "TF_CLI_ARGS_init": " ".join(init),
        "PYTHONPATH": python_path(clone),  # as the pip that is noted would have it
        "TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1",
    }  # fmt: skip

    def run(*words):
        given = [word for name, value in variables.items() for word in ("--variable", f"{name}={value}")]
        return subprocess.run(
            [*runner, "--force-shell-executor", *given, *words],
            env=environment, cwd=clone, capture_output=True, text=True, check=False,
        )  # fmt: skip

    return run


def names(aws):
    """Pipelines, functions and rules of the account."""
    return (
        sorted(one["PipelineName"] for one in aws.client("sagemaker").list_pipelines()["PipelineSummaries"]),
        sorted(one["FunctionName"] for one in aws.client("lambda").list_functions()["Functions"]),
        len(aws.client("events").list_rules()["Rules"]),
    )


def test_the_first_run_works_with_nothing_approved_and_what_is_applied_by_hand_goes_by_hand(aws, ran, clone, tmp_path):
    planned = ran()
    assert planned.returncode == 0, planned.stdout + planned.stderr
    assert tmp_path.joinpath("noted").read_text().splitlines() == [
        "pip install --quiet tox tox-uv", "tox -e lint", "pip install --quiet tox tox-uv", "tox",
        "pip install --quiet -e .",
    ]  # fmt: skip
    pipelines = ["InferencePipeline", "TrainingPipeline", "TrainingWHPOPipeline"]
    assert names(aws) == (pipelines, [], 0), "it waits for somebody"
    plan = clone.joinpath("deploy", "events", "plan.txt").read_text()
    assert "Plan: " in plan and 'aws_cloudwatch_event_rule.rule["model-quality-lost"]' in plan
    assert not clone.joinpath(".web-identity-token").exists()

    for words in (["apply"], ["upload", "--manual", "apply"]):
        applied = ran(*words)
        assert applied.returncode == 0, applied.stdout + applied.stderr
    assert names(aws)[1:] == (
        ["sagemaker-pipeline-approved-model", "sagemaker-pipeline-notification", "sagemaker-pipeline-retraining",
         "sagemaker-pipeline-start"], 6,
    )  # fmt: skip
    keys = [one["Key"] for one in aws.client("s3").list_objects_v2(Bucket=BUCKET)["Contents"]]
    assert {"shells/training/data/raw/known.csv", "events.state"} <= {*keys}

    for words in (["destroy"], ["remove", "--manual", "destroy"]):
        gone = ran(*words)
        assert gone.returncode == 0, gone.stdout + gone.stderr
    assert names(aws) == ([], [], 0)
    keys = [one["Key"] for one in aws.client("s3").list_objects_v2(Bucket=BUCKET)["Contents"]]
    assert keys == ["events.state"]


def test_a_wrong_configuration_ends_the_run_before_anything_is_changed(aws, ran, clone):
    config = clone / "config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"cool_down_hour": 3}))

    found = ran("pipelines")

    assert found.returncode == 1
    assert "cool_down_hour is no setting; did you mean 'cool_down_hours'?" in found.stdout + found.stderr
    assert names(aws) == ([], [], 0)


def test_the_file_is_one_of_gitlabs(tmp_path):
    words = [
        installed_program("check-jsonschema"),
        "--builtin-schema",
        "vendor.gitlab-ci",
        "--data-transform",
        "gitlab-ci",
    ]

    done = subprocess.run([*words, str(ROOT / ".gitlab-ci.yml")], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


def test_shellcheck_finds_nothing():
    words = [installed_program("shellcheck"), "-x", *map(str, SCRIPTS)]

    done = subprocess.run(words, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout


def test_github_runs_the_same_scripts():
    workflow = (ROOT / ".github" / "workflows" / "events.yml").read_text()
    gitlab = (ROOT / ".gitlab-ci.yml").read_text()

    for path in SCRIPTS:
        if os.access(path, os.X_OK):
            name = f"deploy/events/ci/{path.name}"
            assert name in workflow and name in gitlab


def test_by_hand_is_what_changes_the_account_and_what_takes_it_away():
    """GitLab's own tags are left as they are: this reads no other."""
    text = (ROOT / ".gitlab-ci.yml").read_text().replace("!reference ", "")
    jobs = {name: job for name, job in yaml.safe_load(text).items() if isinstance(job, dict) and "stage" in job}

    by_hand = {name for name, job in jobs.items() if any(rule.get("when") == "manual" for rule in job.get("rules", ()))}
    assert by_hand == {"apply", "upload", "destroy", "remove"}
    assert (jobs["upload"]["needs"], jobs["remove"]["needs"]) == (["apply"], ["destroy"])
