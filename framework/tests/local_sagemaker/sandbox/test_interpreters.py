"""Tests a job's own python3 and pip: they use the image's packages, and what pip installs ends with the job."""

from __future__ import annotations

import json
import os
import sys
import venv
from importlib.util import find_spec

from local_sagemaker import session as local_session
from local_sagemaker.account import open_account
from local_sagemaker.testing import BUCKET, processing_step, run, transform_step, validate_responses

import numpy
import pytest
from transforms import IN, NAME, OUT, rows, run_container, script_container, text
from wheels import wheel, wheel_name

OUTPUTS = {"out": f"s3://{BUCKET}/out"}
WRITE = "json.dump(report, open('/opt/ml/processing/out/report.json', 'w'))\n"
#: Installs packages as AWS's own samples do.
INSTALLS = f"""
import json, os, subprocess, sys
os.environ["PIP_NO_INDEX"], os.environ["PIP_FIND_LINKS"] = "1", "/opt/ml/processing/wheels"
codes = [os.system("python3 -m pip install -q -U invented-package"), os.system("pip3 install -q invented-other")]
import invented_package, invented_other
child = subprocess.run([sys.executable, "-c", "import invented_package"]).returncode
uninstalled = os.system("pip uninstall -q -y pandas")
import pandas
report = [codes, invented_package.__file__, child, pandas.__file__]
{WRITE}"""


def read_report(session):
    return json.loads(session.client("s3").get_object(Bucket=BUCKET, Key="out/report.json")["Body"].read())


def test_packages_from_pip_can_be_imported_at_once_and_change_nothing_outside_the_job(session, account):
    for name in ("invented-package", "invented-other"):
        session.client("s3").put_object(Bucket=BUCKET, Key=f"wheels/{wheel_name(name)}", Body=wheel(name))
    inputs = {"wheels": f"s3://{BUCKET}/wheels/"}

    result = run(session, {"Steps": [processing_step("Install", session, INSTALLS, inputs=inputs, outputs=OUTPUTS)]})

    assert result.status == "Succeeded", result.steps
    codes, path, child, pandas = read_report(session)
    assert (codes, child) == ([0, 0], 0)
    assert path.startswith(str(account.root / "jobs"))
    assert os.path.exists(pandas)
    assert not pandas.startswith(str(account.root))
    assert find_spec("invented_package") is None


def test_python3_is_the_images_interpreter_whatever_path_says(session, monkeypatch):
    code = f"""
import json, os, subprocess
look = "import pandas, sys; print(sys.prefix)"
names = ["python3", "python", "/usr/bin/env"]
commands = [[name, *(["python3"] if name.endswith("env") else []), "-c", look] for name in names]
report = [subprocess.run(command, capture_output=True, text=True).stdout.strip() for command in commands]
report.append(subprocess.run(["sh", "-c", "python3 -c '" + look + "'"], capture_output=True, text=True).stdout.strip())
{WRITE}"""
    monkeypatch.setenv("PATH", "/usr/bin:/bin")  # an environment that is not activated

    result = run(session, {"Steps": [processing_step("Look", session, code, outputs=OUTPUTS)]})

    assert result.status == "Succeeded", result.steps
    (prefix,) = set(read_report(session))
    assert prefix.endswith("/algo-1/python")


@pytest.mark.parametrize(
    ("python", "message"),
    [("/bin/false", "cannot be used"), ("/no/such/python", "No such file"), ("/bin/echo", "cannot be used")],
)
def test_an_invalid_interpreter_of_local_toml_is_reported(tmp_path, python, message):
    config = tmp_path / "local.toml"
    config.write_text(f'[images.sagemaker-scikit-learn]\npython = "{python}"\n')
    session = validate_responses(local_session.session_for(open_account(tmp_path / "root", config)))

    result = run(session, {"Steps": [processing_step("Look", session, "pass")]})

    assert f"the interpreter {python!r} of local.toml" in result.steps["Look"]["FailureReason"]
    assert message in result.steps["Look"]["FailureReason"]


def test_another_interpreter_of_local_toml_has_its_own_packages_and_boto3_answered(tmp_path, session):
    config = tmp_path / "local.toml"
    python = os.path.realpath(sys._base_executable)
    config.write_text(f'[images.sagemaker-scikit-learn]\npython = "{python}"\n')
    session = validate_responses(local_session.session_for(open_account(tmp_path / "root", config)))
    code = f"""
import json, os, sys
sys.path.append({os.path.dirname(os.path.dirname(pytest.__file__))!r})
import boto3
boto3.client("s3").put_object(Bucket={BUCKET!r}, Key="there", Body=b"")
report = [os.path.realpath(sys.executable), [path for path in sys.path if "site-packages" in path]]
{WRITE}"""

    result = run(session, {"Steps": [processing_step("Look", session, code, outputs=OUTPUTS)]})

    assert result.status == "Succeeded", result.steps
    executable, packages = read_report(session)
    assert executable == python
    assert packages[0].startswith(str(tmp_path / "root"))
    session.client("s3").head_object(Bucket=BUCKET, Key="there")


#: Serves the value of a module that only one interpreter has.
SERVES = """
import only_here
def model_fn(folder): return None
def predict_fn(rows, model): return [only_here.VALUE] * len(rows)
def output_fn(values, accept): return "\\n".join(values)
"""


def test_the_program_of_an_image_runs_with_the_packages_of_another_interpreter_alone(tmp_path):
    venv.create(tmp_path / "venv", with_pip=False)
    (packages,) = tmp_path.glob("venv/lib/*/site-packages")
    packages.joinpath("only_here.py").write_text("VALUE = 'here'\n")
    packages.joinpath("numpy").symlink_to(os.path.dirname(numpy.__file__))
    packages.joinpath("numpy.libs").symlink_to(os.path.dirname(numpy.__file__) + ".libs")
    config = tmp_path / "local.toml"
    config.write_text(f'[images.sagemaker-scikit-learn]\npython = "{tmp_path}/venv/bin/python3"\n')
    account = open_account(tmp_path / "root", config)
    session = validate_responses(local_session.session_for(account))
    account.objects.write(BUCKET, "in/rows.csv", text(rows(0, 2)))
    script = "import importlib.util\nassert importlib.util.find_spec('boto3') is None\n" + SERVES

    ran = run_container(session, transform_step("Transform", NAME, IN, OUT), script_container(account, script))

    assert ran.status == "Succeeded", ran.steps
    assert account.objects.read_text(f"{OUT}/rows.csv.out").split() == ["here", "here"]
    job = ran.steps["Transform"]["Metadata"]["TransformJob"]["Arn"].rpartition("/")[2]
    versions = json.loads(account.root.joinpath("jobs", job, "versions.json").read_text())
    assert (versions["interpreter"], versions["packages"]["pandas"]["here"]) == (f"{tmp_path}/venv/bin/python3", None)
