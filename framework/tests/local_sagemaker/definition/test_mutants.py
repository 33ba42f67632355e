"""Real definitions with one defect each: lint finds every one, by the right rule and by no other."""

from __future__ import annotations

import json

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.lint import all_rules, lint
from local_sagemaker.service_model import sagemaker

import mutants
import pytest
from paths import DEFINITIONS

FILE = DEFINITIONS / "mutants.json"
KEPT = [case for name in ("defects", "mutants") for case in mutants.definition(name)]


def rules_that_speak(definition):
    return {finding.rule for finding in lint(Definition(definition, sagemaker()))}


def name_of(number):
    return f"{number}-{KEPT[number]['rule']}-{KEPT[number]['definition']}"


@pytest.mark.parametrize("number", range(len(KEPT)), ids=name_of)
def test_the_defect_is_found_by_its_rule_alone(number):
    case = KEPT[number]
    original = mutants.definition(case["definition"])

    found = rules_that_speak(mutants.mutate(original, case["changes"]))

    assert found - (rules_that_speak(original) - {case["rule"]}) == {case["rule"]}


def test_the_kept_mutants_are_those_that_are_generated(request):
    found = list(mutants.all_mutants())

    if request.config.getoption("--rewrite-golden"):
        FILE.write_text("[\n" + ",\n".join(map(json.dumps, found)) + "\n]\n")
    assert json.loads(FILE.read_text()) == found


def test_there_are_mutants_of_every_rule_but_two():
    """A note is no defect; a definition of a megabyte is no file to keep, and the rule's example makes it."""
    missing = all_rules().keys() - {case["rule"] for case in KEPT}

    assert missing == {"closed-to-new-accounts", "definition-size"}
    assert len(KEPT) >= 60
