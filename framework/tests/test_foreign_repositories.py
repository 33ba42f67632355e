"""The commands work in a repository that has its own package ``pipelines``, and change no file of it.

``repositories/`` has two, in the shape of AWS's ModelBuild template: for SDK v2, and for SDK v3. They make their own
sessions, and return the SDK's own pipeline; their scripts read paths below /opt/ml.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from local_sagemaker.credentials import is_credential_variable

import pytest

MODULE = "pipelines.abalone.pipeline"
REPOSITORIES = Path(__file__).parent / "repositories"
try:
    MAJOR = version("sagemaker").partition(".")[0]
except PackageNotFoundError:
    MAJOR = ""
pytestmark = [
    pytest.mark.skipif(MAJOR not in ("2", "3"), reason="needs the SDK, of version 2 (tox -e sdk-v2) or 3"),
    pytest.mark.filterwarnings("ignore"),
]


@pytest.fixture
def repository(tmp_path):
    """Return a copy of the repository for the installed SDK."""
    folder = tmp_path / "repository"
    shutil.copytree(REPOSITORIES / f"sdk_v{MAJOR}", folder)
    shutil.copytree(REPOSITORIES / "scripts", folder / "pipelines" / "abalone", dirs_exist_ok=True)
    return folder


@pytest.fixture
def call(repository):
    """Return a function that runs local-sagemaker in the repository, without a region and without credentials."""
    names = [
        name for name in os.environ if is_credential_variable(name) or name in ("AWS_REGION", "AWS_DEFAULT_REGION")
    ]
    environment = {name: value for name, value in os.environ.items() if name not in names}
    environment.pop("PYTHONPATH", None)

    def run(*arguments, code=0):
        command = [Path(sys.prefix, "bin", "local-sagemaker"), *arguments]
        done = subprocess.run(command, cwd=repository, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == code, done.stderr
        return done

    return run


def files_of(folder):
    """Return the content of each file of a repository; the root of local runs is not a part of it."""
    files = [path for path in folder.rglob("*") if path.is_file() and ".local-sagemaker" not in path.parts]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


@pytest.mark.long
def test_a_foreign_pipeline_is_run_approved_and_run_again_with_its_check(repository, call):
    before = files_of(repository)

    first = json.loads(call("run", "-n", MODULE).stdout)
    assert first["status"] == "Succeeded"
    call("approve", "ForeignGroup")
    second = call("run", MODULE)
    result = json.loads(second.stdout)

    assert "no approved version" not in second.stderr
    assert (result["status"], len(result["model_packages"])) == ("Succeeded", 1)
    assert "DataQualityCheck" in [step["name"] for step in result["steps"]]
    shown = json.loads(call("show", "ForeignPipeline").stdout)
    assert shown["execution_arn"] == result["execution_arn"]
    assert [p["name"] for p in json.loads(call("list").stdout)["pipelines"]] == ["ForeignPipeline"]
    assert json.loads(call("diff", "deployed:ForeignPipeline", MODULE).stdout) == {"changes": []}
    assert files_of(repository) == before


@pytest.mark.long
def test_a_bundle_runs_where_the_module_and_the_sdk_are_not(repository, call, tmp_path):
    call("definition", MODULE, "--bundle", str(tmp_path / "bundle"))
    shutil.rmtree(repository / "pipelines")
    repository.joinpath("sagemaker.py").write_text("raise ImportError('the SDK was imported')")

    result = json.loads(call("run", str(tmp_path / "bundle"), "--local", str(tmp_path / "other")).stdout)

    assert (result["pipeline"], result["status"]) == ("ForeignPipeline", "Succeeded")


@pytest.mark.long
def test_looking_at_a_module_leaves_nothing_behind(repository, call):
    before = files_of(repository)

    drawing = call("draw", MODULE).stdout
    call("lint", MODULE, "--ignore", "shared-by-executions=the SDK's own default")
    plan = json.loads(call("run", MODULE, "--dry-run").stdout)

    assert "EvaluateModel" in drawing
    assert plan["action"] == "create" and any(uri.endswith("evaluate.py") for uri in plan["uploads"])
    assert files_of(repository) == before


@pytest.mark.parametrize(
    ("code", "message", "exit_code"),
    [
        ("def get_pipeline(region, team): ...", "requires team; give a value for each: --kwargs", 2),
        ("def get_pipeline(region):\n    return {}['missing']", "pipelines/mine.py:2: KeyError: 'missing'", 1),
        ("def get_pipeline(region):\n    return 5", "returned a int; it has to return the SDK's Pipeline", 2),
        ("import nothing_at_all", "pipelines/mine.py:1: ModuleNotFoundError: No module named 'nothing_at_all'", 1),
        ("import sys\nsys.exit(3)", "ended with exit code 3 and without a pipeline", 1),
    ],
)
def test_the_error_of_a_module_is_one_sentence(repository, call, code, message, exit_code):
    repository.joinpath("pipelines", "mine.py").write_text(code)

    done = call("definition", "pipelines.mine", code=exit_code)

    assert message in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_a_module_is_suggested_among_those_of_the_working_folder(call):
    assert f"did you mean '{MODULE}'?" in call("lint", "pipelines.abalone.pipelin", code=2).stderr


def test_arguments_that_json_cannot_hold_are_refused(call):
    assert "cannot be written as JSON" in call("definition", MODULE, "--kwargs", "{'role': {1}}", code=2).stderr
