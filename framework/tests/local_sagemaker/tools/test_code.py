"""Tests that container scripts are packed as zipapps, with what they import."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import zipfile

from local_sagemaker.tools.code import container_code, modules, zipapp

import pytest

PREPROCESS = "pipelines.abalone.preprocess"


def test_a_script_is_packed_with_what_it_imports_and_nothing_else():
    names = set(modules(PREPROCESS))

    assert {PREPROCESS, "pipelines", "pipelines.abalone", "pipelines.abalone.columns"} < names
    assert {"pipelines.scripts.features", "pipelines.scripts.tables"} < names
    assert not {n for n in names if n.startswith("pipelines.steps") or n.endswith(".pipeline")}


def test_the_bytes_depend_on_the_code_alone():
    first, again = zipapp(PREPROCESS), zipapp(PREPROCESS)

    assert first == again
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        entries = archive.infolist()
        assert [e.filename for e in entries] == sorted(e.filename for e in entries)
        assert {(e.date_time, e.compress_type) for e in entries} == {((1980, 1, 1, 0, 0, 0), zipfile.ZIP_STORED)}


def test_a_zipapp_runs_without_the_installed_project(tmp_path):
    name, content = container_code(PREPROCESS)
    path = tmp_path / name
    path.write_bytes(content)
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}

    done = subprocess.run(
        [sys.executable, "-I", str(path), "--help"],
        capture_output=True, text=True, cwd=tmp_path, env=environment, check=False,
    )  # fmt: skip

    assert name == "preprocess.pyz"
    assert done.returncode == 0, done.stderr
    assert "--random-seed" in done.stdout


def test_a_single_file_is_not_packed(tmp_path):
    script = tmp_path / "mine.py"
    script.write_text("print('mine')")

    assert container_code(str(script)) == ("mine.py", b"print('mine')")


def test_a_missing_module_is_named():
    with pytest.raises(ImportError, match=r"no module 'pipelines\.abalone\.nothing' to pack"):
        container_code("pipelines.abalone.nothing")
