"""The READMEs against the project: commands, files, tables."""

from __future__ import annotations

import json
import re
import shlex

from local_sagemaker.step_types import handlers

import pytest
from paths import FRAMEWORK, ROOT

READMES = sorted(p for p in ROOT.rglob("README.md") if ".tox" not in p.parts and ".venv" not in p.parts)
README = (ROOT / "README.md").read_text()


def blocks(text):
    return re.findall(r"^```\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def commands():
    lines = [line for block in blocks(README) for line in block.splitlines()]
    parts = [part.strip() for line in lines for part in line.split("&&")]
    return [
        p.partition("    ")[0] for p in parts if p.startswith(("run-pipeline", "get-pipeline-definition", "pipelines"))
    ]


@pytest.mark.parametrize("path", READMES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(path):
    for target in re.findall(r"\]\((?!http)([^)#]+)", path.read_text()):
        place = path.parent.joinpath(target).resolve()
        is_installed = place.is_relative_to(FRAMEWORK) and not FRAMEWORK.is_dir()
        assert is_installed or place.exists(), target


@pytest.mark.parametrize("command", commands())
def test_every_command_is_one_that_the_parser_takes(command):
    from local_sagemaker.project import known_modules
    from local_sagemaker.tools.commands import __main__ as verbs
    from local_sagemaker.tools.modules import convert_struct
    from local_sagemaker.tools.terminal.command_line import add_source, parameters
    from pipelines import run_pipeline

    program, *words = shlex.split(command)
    if program == "pipelines":
        assert verbs._parser().parse_args(words).verb
        return
    if program == "get-pipeline-definition":
        import argparse

        parser = argparse.ArgumentParser()
        add_source(parser)
    else:
        parser = run_pipeline._parser()
    arguments = parser.parse_args(words)

    assert arguments.module_name in [None, *known_modules()]
    convert_struct(arguments.kwargs)
    parameters(getattr(arguments, "parameters", []))


def test_the_table_of_step_types_is_what_the_machine_says_of_itself():
    table = dict(re.findall(r"^\| (\w+) \| (executed|emulated|recorded) \|$", README, re.MULTILINE))

    assert table == {name: handler.fidelity for name, handler in handlers().items()}
    assert list(table) == sorted(table)


def listed(use_case):
    """Parameter -> default, of the table in a use case's README."""
    text = (ROOT / "pipelines" / use_case / "README.md").read_text()
    return dict(re.findall(r"^\| (\w+) \| ?([^|]*?) \|", text, re.MULTILINE))


def test_the_parameters_of_each_use_case_are_those_of_its_definition():
    for golden in sorted((ROOT / "tests" / "definitions").glob("*.json")):
        readme = ROOT / "pipelines" / golden.stem / "README.md"
        if not readme.is_file():
            continue
        defaults = listed(golden.stem)
        if "[abalone](../abalone/README.md)" in readme.read_text():  # the others are those
            defaults = listed("abalone") | defaults
        for parameter in json.loads(golden.read_text())["Parameters"]:
            documented = defaults[parameter["Name"]]
            assert parameter["Name"] == "InputDataUrl" or documented == str(parameter.get("DefaultValue", "-"))


def test_the_drawing_in_a_use_cases_readme_is_the_docstrings():
    for readme in READMES:
        pipeline = readme.with_name("pipeline.py")
        if pipeline.is_file():
            drawing = next(b for b in blocks(readme.read_text()) if "->" in b)
            assert drawing.strip() in pipeline.read_text()


def test_the_notebooks_lines_are_those_of_the_test_that_runs_them():
    tested = (ROOT / "tests" / "test_pipelines.py").read_text()

    for line in (
        "pipeline.upsert(",
        "execution = pipeline.start(parameters=",
        "execution.wait()",
        "execution.list_steps()",
    ):
        assert line in README
        assert line in tested


def test_tox_environments_that_are_named_exist_and_are_described():
    tox = (ROOT / "tox.ini").read_text()

    for name in re.findall(r"`(\w+)`", re.search(r"`tox list` says.*?\(([^)]*)\)", README, re.DOTALL)[1]):
        section = tox.split(f"[testenv:{name}]")[1].split("[testenv")[0]
        assert re.search(r"^description = [^:]+$", section, re.MULTILINE)  # a colon would make a condition of it
