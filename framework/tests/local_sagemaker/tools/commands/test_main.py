"""What all verbs have in common: help, examples, TAB, and what they do not load."""

from __future__ import annotations

import os
import subprocess
import sys

from local_sagemaker.testing import processing, run
from local_sagemaker.tools.commands import __main__ as command

import pytest
from paths import PYTHONPATH, ROOT
from warm import COLD


def environment():
    """Of a process that runs this clone's code."""
    return {**os.environ, "PYTHONPATH": PYTHONPATH}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["show", "Testin"], "did you mean 'Testing'?"),
        (["stop", ""], "'' names no execution; leave it out for the newest one"),
        (["show", "Testing/"], "'Testing/' names no execution"),
        (["clean", ""], "there is no pipeline ''"),
        (["show", "x/y"], "there is no pipeline 'x'"),
        (["list", "nothing"], "there is no pipeline 'nothing'"),
        (["clean", "nothing"], "there is no pipeline 'nothing'"),
        (["logs", "--step", "Frist"], "no step 'Frist' was started; did you mean 'First'?"),
        (["stop"], "does not run"),
        (["models", "nothing"], "there is no model package group 'nothing'"),
        (["approve", "arn:aws:sagemaker:us-east-1:000000000000:model-package/x/1"], "does not exist"),
    ],
)
@pytest.mark.usefixtures("failed")
def test_what_is_not_there_is_told_in_one_line(pipelines, words, message):
    code, result, said = pipelines(*words)

    assert (code, result) == (2, "")
    assert message in said
    assert said.count("\n") == 1


def test_an_empty_root_has_nothing_to_show(pipelines):
    assert pipelines("list") == (0, {"pipelines": []}, "")
    assert "run-pipeline starts one" in pipelines("show")[2]


def test_looking_makes_no_root(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert command.main(["show", "--local", "AbalonePipeline"]) == 2

    said = capsys.readouterr().err
    assert "'AbalonePipeline' is no root folder" in said
    assert "pipelines show NAME --local" in said
    assert list(tmp_path.iterdir()) == []


def test_help_teaches_each_verb_with_examples(capsys):
    assert command.main([]) == 2
    assert "examples:" in capsys.readouterr().err
    for verb in command.subcommands():
        with pytest.raises(SystemExit) as ended:
            command.main([verb, "--help"])
        assert ended.value.code == 0
        said = capsys.readouterr().out
        assert f"pipelines {verb}" in said.partition("examples:")[2]


def test_the_examples_are_commands_that_the_parser_takes():
    import shlex

    for name, verb in command.subcommands().items():
        for example in verb.EXAMPLES:
            program, *words = shlex.split(example.partition("     ")[0].partition(" |")[0].partition(" > ")[0])
            assert program == "pipelines"
            assert command._parser().parse_args(words).verb.__name__.endswith(name)


def test_names_are_offered_on_tab(failed, root, tmp_path):
    def offered(line):
        shell = {
            "_ARGCOMPLETE": "1", "_ARGCOMPLETE_IFS": "\n", "COMP_LINE": line, "COMP_POINT": str(len(line)),
            "_ARGCOMPLETE_STDOUT_FILENAME": str(tmp_path / "offered"),
        }  # fmt: skip
        subprocess.run([COLD, "-m", "local_sagemaker.tools.commands.__main__"], env=environment() | shell, check=False)
        return tmp_path.joinpath("offered").read_text().split()

    assert "retry" in offered("pipelines ret")
    assert "Testing" in offered(f"pipelines show --local {root} T")
    assert failed.arn.rpartition("/")[2] in offered(
        f"pipelines show --local {root} {failed.arn.rpartition('/')[2][:3]}"
    )


def test_a_reader_that_has_read_enough_is_no_error(session, root):
    run(session, {"Steps": [processing("Chatter", session, "for n in range(200_000): print(n)")]})
    command = f"{COLD} -m local_sagemaker.tools.commands.__main__ logs --local {root} | head -n 1"

    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True, env=environment())

    assert done.stdout == "Chatter: 0\n"
    assert done.stderr == ""


def test_no_verb_loads_the_sdk():
    code = "import sys; from local_sagemaker.tools.commands import __main__ as m; m._parser(); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)

    assert not set(done.stdout.split()) & {"sagemaker", "pandas", "numpy", "xgboost", "local_sagemaker.session"}
