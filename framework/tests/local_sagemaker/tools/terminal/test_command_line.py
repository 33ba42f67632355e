"""Tests the code that all commands share."""

from __future__ import annotations

from local_sagemaker.tools.terminal.command_line import warn_of_another_clone

from paths import ROOT


def test_running_another_clones_code_is_warned_about(tmp_path, capsys):
    clone = tmp_path / "clone"
    clone.joinpath("pipelines").mkdir(parents=True)
    clone.joinpath("pipelines", "run_pipeline.py").write_text("")
    clone.joinpath("notebooks").mkdir()

    for folder in (clone, clone / "notebooks"):
        warn_of_another_clone(folder)
        message = capsys.readouterr().err
        assert f"WARNING: you are in {clone}, but the code that runs is {ROOT}" in message
        assert f"pip install -e {clone}" in message
    for folder in (ROOT, ROOT / "tests", tmp_path):
        warn_of_another_clone(folder)
        assert capsys.readouterr().err == ""
