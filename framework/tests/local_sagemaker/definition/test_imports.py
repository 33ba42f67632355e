"""The imports of a script are found by reading it, through the modules that travel with it."""

from __future__ import annotations

import io
import json
import tarfile
import zipfile

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.image_packages import packages_of
from local_sagemaker.definition.imports import foreign_imports
from local_sagemaker.definition.lint import apply_rule
from local_sagemaker.images import find_image
from local_sagemaker.testing import SCIKIT_LEARN, XGBOOST

import pytest
import trainings

SCRIPT = "/opt/ml/processing/input/code/script.py"
FOLDER = SCRIPT.rpartition("/")[0]


def modules(code, other_files):
    """Return the modules that a script imports and that are not among its other files."""
    files = {f"{FOLDER}/{name}.py": text.encode() for name, text in other_files.items()}
    return [item.module for item in foreign_imports({SCRIPT: code.encode(), **files}, SCRIPT, ["/opt/more"])]


@pytest.mark.parametrize(
    ("code", "other_files", "expected"),
    [
        ("import a, b.c\nfrom d.e import f", {}, ["a", "b", "d"]),
        ("def f():\n    import a\nclass B:\n    import b", {}, ["a", "b"]),
        ("try:\n    import a\nexcept ImportError:\n    import b\nelse:\n    import c", {}, ["c"]),
        ("try:\n    import a\nexcept KeyError:\n    import b\nfinally:\n    import c", {}, ["a", "c", "b"]),
        ("try:\n    import a\nexcept:\n    a = None", {}, []),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import a\nelse:\n    import b", {}, ["typing", "b"]),
        ("match 1:\n    case 1:\n        import a", {}, ["a"]),
        ("import helper", {"helper": "import a"}, ["a"]),
        ("import helper.inner", {"helper/inner": "import a"}, ["a"]),
        ("from helper import inner", {"helper/__init__": "", "helper/inner": "import a"}, ["a"]),
        ("import helper", {"helper/__init__": "from . import x\nfrom .y import z", "helper/y": "import a"}, ["a"]),
        ("import helper.x", {"helper/__init__": "", "helper/x": "from ..helper import y"}, []),
        ("import helper", {"helper": "import script\nimport a"}, ["a"]),
        ("not python", {}, []),
        ("import a\x00", {}, []),
    ],
)
def test_imports_that_do_not_travel_with_the_script_are_found(code, other_files, expected):
    assert sorted(modules(code, other_files)) == sorted(expected)


def test_a_folder_of_pythonpath_is_searched():
    files = {SCRIPT: b"import here\nimport there", "/opt/more/there.py": b"import a"}

    assert [item.module for item in foreign_imports(files, SCRIPT, ["/opt/more"])] == ["here", "a"]


def test_an_import_names_its_file_and_line():
    files = {SCRIPT: b"import helper", f"{FOLDER}/helper.py": b"import sys\n\nimport a"}

    assert foreign_imports(files, SCRIPT)[-1] == (f"{FOLDER}/helper.py", 3, "a")


@pytest.mark.parametrize("uri", [SCIKIT_LEARN, XGBOOST])
def test_the_versions_that_a_job_records_are_those_of_the_list(uri):
    packages = packages_of(uri)

    assert packages.distributions | dict(find_image({}, uri).packages) == packages.distributions


@pytest.mark.parametrize(
    ("uri", "name"),
    [
        ("1.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-xgboost:3.2-0", "sagemaker-xgboost:3.2-0"),
        ("1.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-xgboost:3.2-0-cpu-py3", "sagemaker-xgboost:3.2-0"),
        ("sagemaker-xgboost:3.2-01", None),
        ("sagemaker-xgboost:1.7-1", None),
        ("1.dkr.ecr.eu-west-1.amazonaws.com/tensorflow-training:2.19.0-cpu-py312", "tensorflow-training:2.19"),
        ("my-own:3.2-0", None),
        ("sagemaker-xgboost@sha256:00", None),
    ],
)
def test_the_list_is_that_of_the_images_version(uri, name):
    packages = packages_of(uri)

    assert (packages and packages.name) == name


@pytest.mark.parametrize(
    ("module", "is_there"),
    [("sklearn", True), ("json", True), ("dateutil", True), ("matplotlib", False), ("imp", False), ("torch", False)],
)
def test_an_image_has_its_packages_and_the_standard_library(module, is_there):
    assert packages_of(SCIKIT_LEARN).has(module) == is_there


def make_tar(**files):
    """Return a tar.gz of files; ``_txt`` stands for the suffix .txt, other_files are Python."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, text in files.items():
            entry = tarfile.TarInfo(name.replace("_txt", ".txt") if "_txt" in name else f"{name}.py")
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))
    return buffer.getvalue()


def make_zip(**files):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in files.items():
            archive.writestr(f"{name}.py", text)
    return buffer.getvalue()


def script_mode_training(**members):
    values = {"sagemaker_program": json.dumps("train.py"), "sagemaker_submit_directory": json.dumps("s3://b/code")}
    step = trainings.training(values)
    return step | {"Arguments": step["Arguments"] | members}


def tuning():
    definition = script_mode_training()["Arguments"]
    definition["StaticHyperParameters"] = definition.pop("HyperParameters")
    return {"Name": "Tune", "Type": "Tuning", "Arguments": {"TrainingJobDefinition": definition}}


def processing(script):
    source = {"S3Uri": "s3://b/code", "LocalPath": "/opt/ml/processing/code"}
    specification = {"ImageUri": SCIKIT_LEARN, "ContainerEntrypoint": ["python3", f"/opt/ml/processing/code/{script}"]}
    arguments = {"AppSpecification": specification, "ProcessingInputs": [{"InputName": "code", "S3Input": source}]}
    return {"Name": "Prepare", "Type": "Processing", "Arguments": arguments}


def model():
    variables = {"SAGEMAKER_PROGRAM": "train.py", "SAGEMAKER_SUBMIT_DIRECTORY": "s3://b/code"}
    container = {"Image": XGBOOST, "Environment": variables}
    return {"Name": "Model", "Type": "Model", "Arguments": {"PrimaryContainer": container}}


def messages(step, **code):
    """Return what the rule says about a step whose code, at s3://b/code, is this; ``__`` stands for a dot in names."""
    files = {name.replace("__", "."): content for name, content in code.items()}
    definition = Definition({"Steps": [step]}, read_code=lambda uri: files if uri == "s3://b/code" else {})
    return [f"{finding.path} {finding.message}" for finding in apply_rule("missing-in-image", definition)]


@pytest.mark.parametrize(
    ("step", "code", "member"),
    [
        (processing("run.py"), {"run__py": b"import torch"}, "AppSpecification.ContainerEntrypoint runs run.py"),
        (
            processing("run.pyz"),
            {"run__pyz": make_zip(__main__="import inner", inner="import torch")},
            "AppSpecification.ContainerEntrypoint runs inner.py",
        ),
        (script_mode_training(), {"c__tar__gz": make_tar(train="import torch")}, "HyperParameters runs train.py"),
        (tuning(), {"c__tar__gz": make_tar(train="import torch")}, "StaticHyperParameters runs train.py"),
        (model(), {"c__tar__gz": make_tar(train="import torch")}, "PrimaryContainer.Environment runs train.py"),
    ],
)
def test_a_script_is_found_wherever_a_step_names_it(step, code, member):
    (message,) = messages(step, **code)

    assert member in message
    assert "whose line 1 imports torch, which sagemaker-" in message


def test_a_package_in_requirements_txt_is_not_missing():
    code = {"train": "import torch, moto, yaml, another", "requirements_txt": "torch==2.9\nMOTO\nPyYAML>=6 # c\n"}
    (message,) = messages(script_mode_training(), c__tar__gz=make_tar(**code))

    assert "imports another" in message


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04", b"\x1f\x8b\x08"])
def test_an_archive_that_cannot_be_read_has_no_finding(content):
    assert messages(script_mode_training(), c__tar__gz=content) == []
    assert messages(processing("run.pyz"), run__pyz=content) == []


def test_the_lists_name_their_source_and_only_modules():
    for uri in (SCIKIT_LEARN, XGBOOST, "tensorflow-training:2.21", "tensorflow-inference:2.20"):
        packages = packages_of(uri)

        assert "github.com/aws/" in packages.source
        assert all(module.isidentifier() for module in packages.modules)
        assert len(packages.modules) > len(packages.distributions) / 2
