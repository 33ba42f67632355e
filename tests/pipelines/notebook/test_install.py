"""Check the script that the first cell of each notebook runs: it finds what is missing, and installs nothing else."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import pytest

pytest.importorskip("itables", reason="needs the extra 'notebook'")

from pipelines.notebook import install

SCRIPT = Path(install.__file__)


@pytest.mark.parametrize("where", install.EXTRAS)
def test_nothing_is_done_if_everything_is_installed(where, capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", [str(SCRIPT), *where.split()])

    runpy.run_path(str(SCRIPT), run_name="__main__")

    assert capsys.readouterr().out == f"{where}: everything is installed\n"


def test_an_unknown_place_is_refused():
    with pytest.raises(SystemExit, match="WHERE is 'the moon'; it may be 'this machine' or 'SageMaker'"):
        install.main("the moon")


def test_older_versions_count_as_missing(tmp_path, monkeypatch):
    for name, version in {"sagemaker": "2.219.0", "itables": "1.0"}.items():
        metadata = tmp_path / f"{name}-{version}.dist-info"
        metadata.mkdir()
        metadata.joinpath("METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    monkeypatch.syspath_prepend(str(tmp_path))

    missing = install.missing_requirements(["notebook"])

    names = {requirement.partition("<")[0].partition(">")[0] for requirement in missing}
    assert names == {"sagemaker", "itables"}
    assert missing == install.missing_requirements(["notebook", "notebook"]), "each once"


def test_a_project_that_is_not_installed_is_missing(monkeypatch):
    monkeypatch.setattr(install, "PROJECT", "sagemaker-pipelines-not-installed")

    assert install.missing_requirements(["notebook"]) == ["sagemaker-pipelines-not-installed"]
