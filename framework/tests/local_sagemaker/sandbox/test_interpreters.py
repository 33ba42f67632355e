"""What a script calls python3 and pip is the job's own: the image's packages, and what pip adds ends with the job."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import sys
import zipfile
from importlib.util import find_spec

from local_sagemaker import session as local_session
from local_sagemaker.account import open_account
from local_sagemaker.testing import BUCKET, check_session, processing, run

import pytest

OUTPUTS = {"out": f"s3://{BUCKET}/out"}
WRITE = "json.dump(found, open('/opt/ml/processing/out/found.json', 'w'))\n"
#: As AWS's own samples do it.
INSTALLS = f"""
import json, os, subprocess, sys
os.environ["PIP_NO_INDEX"], os.environ["PIP_FIND_LINKS"] = "1", "/opt/ml/processing/wheels"
codes = [os.system("python3 -m pip install -q -U invented-package"), os.system("pip3 install -q invented-other")]
import invented_package, invented_other
child = subprocess.run([sys.executable, "-c", "import invented_package"]).returncode
uninstalled = os.system("pip uninstall -q -y pandas")
import pandas
found = [codes, invented_package.__file__, child, pandas.__file__]
{WRITE}"""


def wheel(name):
    """A wheel of one module, as bytes."""
    module, info = name.replace("-", "_"), f"{name.replace('-', '_')}-1.0.dist-info"
    files = {
        f"{module}.py": b"",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n".encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    digests = {n: base64.urlsafe_b64encode(hashlib.sha256(c).digest()).rstrip(b"=").decode() for n, c in files.items()}
    record = "".join(f"{n},sha256={digests[n]},{len(content)}\n" for n, content in files.items())
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path, content in (files | {f"{info}/RECORD": f"{record}{info}/RECORD,,\n".encode()}).items():
            archive.writestr(path, content)
    return buffer.getvalue()


def found(session):
    return json.loads(session.client("s3").get_object(Bucket=BUCKET, Key="out/found.json")["Body"].read())


def test_what_pip_installs_can_be_imported_at_once_and_changes_nothing_outside_of_the_job(session, account):
    for name in ("invented-package", "invented-other"):
        key = f"wheels/{name.replace('-', '_')}-1.0-py3-none-any.whl"
        session.client("s3").put_object(Bucket=BUCKET, Key=key, Body=wheel(name))
    inputs = {"wheels": f"s3://{BUCKET}/wheels/"}

    ran = run(session, {"Steps": [processing("Install", session, INSTALLS, inputs=inputs, outputs=OUTPUTS)]})

    assert ran.status == "Succeeded", ran.steps
    codes, path, child, pandas = found(session)
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
words = [[name, *(["python3"] if name.endswith("env") else []), "-c", look] for name in names]
found = [subprocess.run(one, capture_output=True, text=True).stdout.strip() for one in words]
found.append(subprocess.run(["sh", "-c", "python3 -c '" + look + "'"], capture_output=True, text=True).stdout.strip())
{WRITE}"""
    monkeypatch.setenv("PATH", "/usr/bin:/bin")  # an environment that is not activated

    ran = run(session, {"Steps": [processing("Look", session, code, outputs=OUTPUTS)]})

    assert ran.status == "Succeeded", ran.steps
    (prefix,) = set(found(session))
    assert prefix.endswith("/algo-1/python")


@pytest.mark.parametrize(
    ("python", "words"),
    [("/bin/false", "cannot be used"), ("/no/such/python", "No such file"), ("/bin/echo", "cannot be used")],
)
def test_an_interpreter_of_local_toml_that_is_none(tmp_path, python, words):
    config = tmp_path / "local.toml"
    config.write_text(f'[images.sagemaker-scikit-learn]\npython = "{python}"\n')
    session = check_session(local_session.on(open_account(tmp_path / "root", config)))

    ran = run(session, {"Steps": [processing("Look", session, "pass")]})

    assert f"the interpreter {python!r} of local.toml" in ran.steps["Look"]["FailureReason"]
    assert words in ran.steps["Look"]["FailureReason"]


def test_another_interpreter_of_local_toml_has_its_own_packages_and_boto3_answered(tmp_path, session):
    config = tmp_path / "local.toml"
    python = os.path.realpath(sys._base_executable)
    config.write_text(f'[images.sagemaker-scikit-learn]\npython = "{python}"\n')
    session = check_session(local_session.on(open_account(tmp_path / "root", config)))
    code = f"""
import json, os, sys
sys.path.append({os.path.dirname(os.path.dirname(pytest.__file__))!r})
import boto3
boto3.client("s3").put_object(Bucket={BUCKET!r}, Key="there", Body=b"")
found = [os.path.realpath(sys.executable), [path for path in sys.path if "site-packages" in path]]
{WRITE}"""

    ran = run(session, {"Steps": [processing("Look", session, code, outputs=OUTPUTS)]})

    assert ran.status == "Succeeded", ran.steps
    executable, packages = found(session)
    assert executable == python
    assert packages[0].startswith(str(tmp_path / "root"))
    session.client("s3").head_object(Bucket=BUCKET, Key="there")
