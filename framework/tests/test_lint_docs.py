"""Test that docs/lint-rules.md matches the rules, and docs/lint.md the commands.

``--rewrite-golden`` generates docs/lint-rules.md again.
"""

from __future__ import annotations

import json
import re
import shlex

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.diff import changes
from local_sagemaker.definition.lint import all_rules, lint
from local_sagemaker.tools.commands import __main__ as command

import mutants
import pytest
from paths import ROOT
from rule_examples import example

PAGE = ROOT / "docs" / "lint-rules.md"
LINT = (ROOT / "docs" / "lint.md").read_text()
HEAD = """# Rules

All rules of `pipelines lint`: what each reports and why, its level, the finding for its bad example, and how the
example is fixed. This page is generated from [the rules](../framework/local_sagemaker/definition/rules), which have one
file each; [lint.md](lint.md) explains how to use them.
"""


def section(name, rule):
    finding = next(f for f in lint(example(rule, "BAD")) if f.rule == name)
    fixes = [shorten(str(change)) for change in changes(Definition(rule.BAD), Definition(rule.GOOD))]
    lines = [f"{finding.path} {shorten(finding.message)}", *(f"fixed: {text}" for text in fixes)]
    text = "\n".join(lines)
    return f"## {name}\n\n{rule.__doc__.strip()} ({rule.LEVEL}; [AWS]({rule.PAGE}))\n\n```\n{text}\n```\n"


def shorten(text):
    """Shorten the texts of examples that are long on purpose."""
    return re.sub(r"x{40,}", "xxx...", text) if len(text) < 400 else f"{text[:200]} ..."


def test_the_page_matches_the_rules(request):
    page = "\n".join([HEAD, *(section(name, rule) for name, rule in all_rules().items())])

    if request.config.getoption("--rewrite-golden"):
        PAGE.write_text(page)
    assert PAGE.read_text() == page


def test_the_finding_in_the_guide_is_what_lint_prints(capsys, tmp_path):
    place = "Steps[3].Arguments.HyperParameters.seed"
    broken = mutants.mutate(mutants.definition("abalone"), [mutants.change(place, {"Get": "Parameters.RandomSeed"})])
    file = tmp_path / "definition.json"
    file.write_text(json.dumps(broken))

    command.main(["lint", str(file), "--format", "text"])

    block = re.search(r"^error: expression-type.*?(?=^```)", LINT, re.DOTALL | re.MULTILINE)[0]
    assert block in capsys.readouterr().out


@pytest.mark.parametrize("line", re.findall(r"^(?:pipelines|run-pipeline) .*$", LINT, re.MULTILINE))
def test_the_parser_accepts_every_command_in_the_guide(line):
    program, *arguments = shlex.split(line)

    assert program == "pipelines"
    assert command._parser().parse_args(arguments).verb
