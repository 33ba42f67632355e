"""docs/lint-rules.md is made of the rules themselves; ``--rewrite-golden`` writes it anew."""

from __future__ import annotations

import json
import re
import shlex

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.diff import changes
from local_sagemaker.definition.lint import all_rules, lint
from local_sagemaker.service_model import sagemaker
from local_sagemaker.tools.commands import __main__ as command

import mutants
import pytest
from paths import ROOT

PAGE = ROOT / "docs" / "lint-rules.md"
LINT = (ROOT / "docs" / "lint.md").read_text()
HEAD = """# Rules

What `pipelines lint` finds: each rule with its level, why it is one, what is said of its bad example, and how that is
mended. Made of [the rules](../framework/local_sagemaker/definition/rules), a file each; [lint.md](lint.md) says how to
use them.
"""


def section(name, rule):
    said = next(f for f in lint(Definition(rule.BAD, sagemaker())) if f.rule == name)
    mended = [shortened(str(change)) for change in changes(Definition(rule.BAD), Definition(rule.GOOD))]
    lines = [f"{said.path} {shortened(said.words)}", *(f"mended: {words}" for words in mended)]
    text = "\n".join(lines)
    return f"## {name}\n\n{rule.__doc__.strip()} ({rule.LEVEL}; [AWS]({rule.PAGE}))\n\n```\n{text}\n```\n"


def shortened(text):
    """Long examples are long on purpose."""
    return re.sub(r"x{40,}", "xxx...", text) if len(text) < 400 else f"{text[:200]} ..."


def test_the_page_is_made_of_the_rules(request):
    found = "\n".join([HEAD, *(section(name, rule) for name, rule in all_rules().items())])

    if request.config.getoption("--rewrite-golden"):
        PAGE.write_text(found)
    assert PAGE.read_text() == found


def test_the_finding_that_is_shown_is_what_lint_says(capsys, tmp_path):
    place = "Steps[3].Arguments.HyperParameters.seed"
    broken = mutants.mutate(mutants.definition("abalone"), [mutants.change(place, {"Get": "Parameters.RandomSeed"})])
    file = tmp_path / "definition.json"
    file.write_text(json.dumps(broken))

    command.main(["lint", str(file), "--format", "text"])

    shown = re.search(r"^error: expression-type.*?(?=^```)", LINT, re.DOTALL | re.MULTILINE)[0]
    assert shown in capsys.readouterr().out


@pytest.mark.parametrize("line", re.findall(r"^(?:pipelines|run-pipeline) .*$", LINT, re.MULTILINE))
def test_every_command_is_one_that_the_parser_takes(line):
    program, *words = shlex.split(line)

    assert program == "pipelines"
    assert command._parser().parse_args(words).verb
