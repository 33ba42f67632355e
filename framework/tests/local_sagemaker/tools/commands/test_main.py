"""Tests what all subcommands have in common: help, examples, TAB, and the packages that they do not load."""

from __future__ import annotations

import os
import subprocess
import sys

from local_sagemaker.testing import processing_step, run
from local_sagemaker.tools.commands import __main__ as command

import pytest
from paths import PYTHONPATH, ROOT
from warm import COLD


def environment():
    """Return the environment of a process that runs this clone's code."""
    return {**os.environ, "PYTHONPATH": PYTHONPATH}


@pytest.mark.parametrize(
    ("strings", "message"),
    [
        (["show", "Testin"], "did you mean 'Testing'?"),
        (["stop", ""], "'' names no execution; omit it for the newest one"),
        (["show", "Testing/"], "'Testing/' names no execution"),
        (["clean", ""], "there is no pipeline ''"),
        (["show", "x/y"], "there is no pipeline 'x'"),
        (["list", "nothing"], "there is no pipeline 'nothing'"),
        (["clean", "nothing"], "there is no pipeline 'nothing'"),
        (["logs", "--step", "Frist"], "no step 'Frist' was started; did you mean 'First'?"),
        (["stop"], "is not running"),
        (["models", "nothing"], "there is no model package group 'nothing'"),
        (["approve", "arn:aws:sagemaker:us-east-1:000000000000:model-package/x/1"], "does not exist"),
    ],
)
@pytest.mark.usefixtures("failed_execution")
def test_an_unknown_name_is_reported_in_one_line(pipelines, strings, message):
    code, result, err = pipelines(*strings)

    assert (code, result) == (2, "")
    assert message in err
    assert err.count("\n") == 1


def test_an_empty_root_has_nothing_to_show(pipelines):
    assert pipelines("list") == (0, {"pipelines": []}, "")
    assert "run-pipeline starts one" in pipelines("show")[2]


def test_reading_creates_no_root_folder(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert command.main(["show", "--local", "AbalonePipeline"]) == 2

    err = capsys.readouterr().err
    assert "'AbalonePipeline' is not the root folder" in err
    assert "pipelines show NAME --local" in err
    assert list(tmp_path.iterdir()) == []


def test_the_help_of_each_subcommand_has_examples(capsys):
    assert command.main([]) == 2
    assert "examples:" in capsys.readouterr().err
    for name in command.subcommands():
        with pytest.raises(SystemExit) as raised:
            command.main([name, "--help"])
        assert raised.value.code == 0
        out = capsys.readouterr().out
        assert f"pipelines {name}" in out.partition("examples:")[2]


def test_the_parser_accepts_the_examples():
    import shlex

    for name, module in command.subcommands().items():
        for example in module.EXAMPLES:
            program, *strings = shlex.split(example.partition("     ")[0].partition(" |")[0].partition(" > ")[0])
            assert program == "pipelines"
            assert command._parser().parse_args(strings).verb.__name__.endswith(name)


def test_tab_completes_names(failed_execution, root, tmp_path):
    def complete(line):
        shell = {
            "_ARGCOMPLETE": "1", "_ARGCOMPLETE_IFS": "\n", "COMP_LINE": line, "COMP_POINT": str(len(line)),
            "_ARGCOMPLETE_STDOUT_FILENAME": str(tmp_path / "offered"),
        }  # fmt: skip
        subprocess.run([COLD, "-m", "local_sagemaker.tools.commands.__main__"], env=environment() | shell, check=False)
        return tmp_path.joinpath("offered").read_text().split()

    assert "retry" in complete("pipelines ret")
    assert "Testing" in complete(f"pipelines show --local {root} T")
    identifier = failed_execution.arn.rpartition("/")[2]
    assert identifier in complete(f"pipelines show --local {root} {identifier[:3]}")


def test_a_closed_pipe_is_not_an_error(session, root):
    run(session, {"Steps": [processing_step("Chatter", session, "for n in range(200_000): print(n)")]})
    command = f"{COLD} -m local_sagemaker.tools.commands.__main__ logs --local {root} | head -n 1"

    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True, env=environment())

    assert done.stdout == "Chatter: 0\n"
    assert done.stderr == ""


def test_no_subcommand_loads_the_sdk():
    code = "import sys; from local_sagemaker.tools.commands import __main__ as m; m._parser(); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)

    assert not set(done.stdout.split()) & {"sagemaker", "pandas", "numpy", "xgboost", "local_sagemaker.session"}
