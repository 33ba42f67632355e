"""The READMEs against the project: commands, files, tables."""

from __future__ import annotations

import json
import re
import shlex
from html import unescape

from local_sagemaker.step_types import handlers

import pytest
import terminal_picture
from paths import FRAMEWORK, ROOT
from shells import shell_in

READMES = sorted(p for p in ROOT.rglob("README.md") if ".tox" not in p.parts and ".venv" not in p.parts)
README = (ROOT / "README.md").read_text()
COMMANDS = (ROOT / "docs" / "commands.md").read_text()
OWN_REPOSITORY = (ROOT / "docs" / "own-repository.md").read_text()
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text()
PICTURE = ROOT / "docs" / "first-run.svg"
#: Pages whose commands a test runs: test_batch_story, test_own_data, framework/tests/test_{three_runs,transcript}.
RUN_PAGES = ("batch", "own-data", "checks", "terminal")


def blocks(text):
    """Return the code blocks that name no language."""
    fenced = re.findall(r"^```(\w*)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    return [block for language, block in fenced if not language]


def commands(*pages):
    """Return the project's commands in the code blocks of the pages, without their comments."""
    lines = [line for page in pages for block in blocks(page) for line in block.splitlines()]
    parts = [part.strip().removeprefix("$ ") for line in lines for part in line.split("&&")]
    return [
        p.partition("    ")[0]
        for p in parts
        if p.startswith(("run-pipeline", "get-pipeline-definition", "pipelines", "local-sagemaker"))
    ]


@pytest.mark.parametrize("path", READMES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(path):
    for target in re.findall(r"\]\((?!http)([^)#]+)", path.read_text()):
        place = path.parent.joinpath(target).resolve()
        is_installed = place.is_relative_to(FRAMEWORK) and not FRAMEWORK.is_dir()
        assert is_installed or place.exists(), target


@pytest.mark.parametrize("command", commands(README, COMMANDS, OWN_REPOSITORY))
def test_the_parser_accepts_every_command(command):
    from local_sagemaker.project import known_modules
    from local_sagemaker.tools.commands import __main__ as verbs
    from local_sagemaker.tools.modules import convert_struct
    from local_sagemaker.tools.terminal.command_line import add_source, parameters
    from pipelines import run_pipeline

    program, *arguments = shlex.split(command)
    if program in ("pipelines", "local-sagemaker"):
        assert verbs._parser(name=program).parse_args(arguments).verb
        return
    if program == "get-pipeline-definition":
        import argparse

        parser = argparse.ArgumentParser()
        add_source(parser)
    else:
        parser = run_pipeline._parser()
    options = parser.parse_args(arguments)

    assert options.module_name in [None, *known_modules()]
    convert_struct(options.kwargs)
    parameters(getattr(options, "parameters", []))


def test_the_table_of_step_types_is_what_the_machine_says_of_itself():
    page = (ROOT / "docs" / "local.md").read_text()
    table = dict(re.findall(r"^\| (\w+) \| (executed|emulated|recorded) \|$", page, re.MULTILINE))

    assert table == {name: handler.fidelity for name, handler in handlers().items()}
    assert list(table) == sorted(table)


def documented_parameters(use_case):
    """Parameter -> default, of the table in a use case's README."""
    text = (ROOT / "pipelines" / use_case / "README.md").read_text()
    return dict(re.findall(r"^\| (\w+) \| ?([^|]*?) \|", text, re.MULTILINE))


def test_the_parameters_of_each_use_case_are_those_of_its_definition():
    for golden in sorted((ROOT / "tests" / "definitions").glob("*.json")):
        readme = ROOT / "pipelines" / golden.stem / "README.md"
        if not readme.is_file():
            continue
        defaults = documented_parameters(golden.stem)
        if "[abalone](../abalone/README.md)" in readme.read_text():  # the others are those
            defaults = documented_parameters("abalone") | defaults
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
        assert line in COMMANDS
        assert line in tested


def test_tox_environments_that_are_named_exist_and_are_described():
    tox = (ROOT / "tox.ini").read_text()

    for name in re.findall(r"`(\w+)`", re.search(r"`tox list` names.*?\(([^)]*)\)", CONTRIBUTING, re.DOTALL)[1]):
        section = tox.split(f"[testenv:{name}]")[1].split("[testenv")[0]
        assert re.search(r"^description = [^:]+$", section, re.MULTILINE)  # a colon would make a condition of it


def test_the_readme_is_one_page():
    assert len(README.splitlines()) <= 120


@pytest.fixture
def shell(tmp_path):
    """Run a line in a folder that has a definition without jobs."""
    fail = {"Name": "End", "Type": "Fail", "Arguments": {"ErrorMessage": "the end"}}
    is_above = {"Type": "GreaterThan", "LeftValue": {"Get": "Parameters.Limit"}, "RightValue": 2}
    arguments = {"Conditions": [is_above], "IfSteps": [fail], "ElseSteps": []}
    steps = [{"Name": "Choose", "Type": "Condition", "Arguments": arguments}]
    parameters = [{"Name": "Limit", "Type": "Integer", "DefaultValue": 1}]
    definition = {"Version": "2020-12-01", "Metadata": {}, "Parameters": parameters, "Steps": steps}
    tmp_path.joinpath("definition.json").write_text(json.dumps(definition))
    return shell_in(tmp_path)


def test_every_local_command_of_the_readme_is_run_by_a_test(shell):
    pages = [(ROOT / "docs" / f"{name}.md").read_text() for name in RUN_PAGES]
    run_elsewhere = set(commands(*pages))

    for command in commands(README):
        if "<" in command or command in run_elsewhere:  # the first needs an account
            continue
        done = shell(command)
        assert done.returncode == 0, (command, done.stderr)


def test_the_picture_shows_the_recorded_run(request):
    first, *_ = blocks((ROOT / "docs" / "terminal.md").read_text())
    lines = first.partition("\n$ ")[0].splitlines()
    assert lines[0].removeprefix("$ ") in README

    if request.config.getoption("--rewrite-golden"):
        PICTURE.write_text(terminal_picture.draw(lines))

    shown = unescape(re.sub("<[^>]+>", "", re.search("<g class.*", PICTURE.read_text(), re.DOTALL)[0]))
    assert "".join(shown.split()) == "".join("".join(lines).split())
