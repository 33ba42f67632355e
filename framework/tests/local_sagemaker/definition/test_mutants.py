"""Test that lint finds each defect of real definitions by the right rule, and by no other."""

from __future__ import annotations

import json

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.lint import all_rules, lint
from local_sagemaker.definition.rules import NOTE
from local_sagemaker.service_model import sagemaker

import mutants
import pytest
from paths import DEFINITIONS

FILE = DEFINITIONS / "mutants.json"
CASES = [case for name in ("defects", "mutants") for case in mutants.definition(name)]


def reporting_rules(definition):
    """Return the rules with an error or a warning."""
    return {finding.rule for finding in lint(Definition(definition, sagemaker())) if finding.level != NOTE}


def case_name(number):
    return f"{number}-{CASES[number]['rule']}-{CASES[number]['definition']}"


@pytest.mark.parametrize("number", range(len(CASES)), ids=case_name)
def test_the_defect_is_found_by_its_rule_alone(number):
    case = CASES[number]
    original = mutants.definition(case["definition"])

    rules = reporting_rules(mutants.mutate(original, case["changes"]))

    assert rules - (reporting_rules(original) - {case["rule"]}) == {case["rule"]}


def test_the_stored_mutants_are_those_that_are_generated(request):
    generated = list(mutants.all_mutants())

    if request.config.getoption("--rewrite-golden"):
        FILE.write_text("[\n" + ",\n".join(map(json.dumps, generated)) + "\n]\n")
    assert json.loads(FILE.read_text()) == generated


def test_every_rule_has_mutants_but_those_that_a_definition_alone_cannot_show():
    """Check the exceptions: a note is not a defect, a definition of a megabyte is too large to store, and a script's
    imports are in its code.

    The example of the rule definition-size has that size, too.
    """
    missing = all_rules().keys() - {case["rule"] for case in CASES}

    assert missing == {"closed-to-new-accounts", "definition-size", "missing-in-image", "unsupported-locally"}
    assert len(CASES) >= 60
