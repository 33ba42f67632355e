"""The first cell of each notebook: nothing where all is there, and what is missing by name."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import pytest

pytest.importorskip("itables", reason="of the extra 'notebook'")

from pipelines.notebook import install

SCRIPT = Path(install.__file__)


@pytest.mark.parametrize("where", install.EXTRAS)
def test_where_everything_is_there_nothing_is_done(where, capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", [str(SCRIPT), *where.split()])

    runpy.run_path(str(SCRIPT), run_name="__main__")

    assert capsys.readouterr().out == f"{where}: everything is installed\n"


def test_a_place_that_is_none_is_told():
    with pytest.raises(SystemExit, match="WHERE is 'the moon'; it may be 'this machine' or 'SageMaker'"):
        install.main("the moon")


def test_an_older_sdk_is_missing_as_is_what_is_not_there(tmp_path, monkeypatch):
    for name, version in {"sagemaker": "2.219.0", "itables": "1.0"}.items():
        found = tmp_path / f"{name}-{version}.dist-info"
        found.mkdir()
        found.joinpath("METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    monkeypatch.syspath_prepend(str(tmp_path))

    names = {one.partition("<")[0].partition(">")[0] for one in install.missing(["notebook"])}

    assert names == {"sagemaker", "itables"}
    assert install.missing(["notebook"]) == install.missing(["notebook", "notebook"]), "each once"


def test_a_project_that_is_not_installed_is_missing(monkeypatch):
    monkeypatch.setattr(install, "PROJECT", "sagemaker-pipelines-of-nobody")

    assert install.missing(["notebook"]) == ["sagemaker-pipelines-of-nobody"]
