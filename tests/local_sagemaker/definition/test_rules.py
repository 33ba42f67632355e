"""Each rule by its own examples, and what every rule has."""

from __future__ import annotations

import copy
import json
import random
import re

from local_sagemaker.definition import rules
from local_sagemaker.definition.document import Document
from local_sagemaker.definition.lint import all_rules, lint
from local_sagemaker.service_model import sagemaker

import mutants
import pytest

RULES = sorted(all_rules())


def found(definition, service=True):
    return lint(Document(definition, sagemaker() if service else None))


@pytest.mark.parametrize("name", RULES)
def test_the_good_example_has_no_finding(name):
    assert [str(f) for f in found(all_rules()[name].GOOD) if f.level != rules.NOTE] == []


@pytest.mark.parametrize("name", RULES)
def test_the_bad_example_has_this_finding_alone(name):
    speaking = {f.rule for f in found(all_rules()[name].BAD) if f.level != rules.NOTE or f.rule == name}

    assert speaking == {name}


@pytest.mark.parametrize("name", RULES)
def test_a_rule_says_what_and_where_it_is_written(name):
    rule = all_rules()[name]

    assert re.match(r"[A-Z].*[.:,]", rule.__doc__)
    assert rule.PAGE.startswith("https://docs.aws.amazon.com/sagemaker/latest/")
    assert rule.LEVEL in (rules.ERROR, rules.WARNING, rules.NOTE)
    assert rule.GOOD != rule.BAD


@pytest.mark.parametrize("name", RULES)
def test_a_finding_is_at_a_place_that_is_there(name):
    for finding in found(all_rules()[name].BAD):
        if finding.path != "the definition":
            assert _exists(all_rules()[name].BAD, finding.path), finding


def _exists(value, path):
    from local_sagemaker.definition.expressions import path_parts

    for how, part in path_parts(path):
        value = value[int(part)] if how == "index" else value[part]
    return True


def test_findings_are_in_the_order_of_the_definition():
    steps = [{"Name": f"S{n}", "Type": "Unknown"} for n in range(12)]

    assert [f.step for f in found({"Version": "2020-12-01", "Steps": steps})] == [f"S{n}" for n in range(12)]


def test_without_the_services_shapes_arguments_are_anything():
    definition = mutants.definition("abalone")
    definition["Steps"][0]["Arguments"]["Nothing"] = 5

    assert [f.rule for f in found(definition, service=False) if f.level == rules.ERROR] == []
    assert [f.rule for f in found(definition) if f.level == rules.ERROR] == ["unknown-member"]


@pytest.mark.parametrize("seed", range(40))
def test_no_junk_breaks_a_rule(seed):
    """Whatever stands anywhere: lint says what is wrong, and never raises."""
    chance = random.Random(seed)
    text = json.dumps(mutants.definition(chance.choice(mutants.NAMES)))
    definition = json.loads(text)
    for _ in range(6):
        _spoil(definition, chance)

    findings = found(definition)

    assert all(f.path and f.words for f in findings)


JUNK = (None, True, 0, -1.5, "", "x", [], [None], {}, {"a": 1}, [["x"]], {"Get": 5}, {"Get": "Steps"}, {"Std:Join": []})


def _spoil(value, chance):
    """Put junk somewhere inside."""
    while True:
        key = chance.choice(list(value) if isinstance(value, dict) else range(len(value)))
        inner = value[key]
        if isinstance(inner, dict | list) and inner and chance.random() < 0.85:
            value = inner
            continue
        value[key] = copy.deepcopy(chance.choice(JUNK))
        return


def test_what_parameters_are_given_is_tried_in_place():
    definition = mutants.definition("abalone")

    def said(**values):
        return [str(f) for f in lint(Document(definition, sagemaker(), values)) if f.level == rules.ERROR]

    assert said(ProcessingInstanceCount=2) == []
    assert (
        "is 0; it must be at least 1, with the value of the parameter 'ProcessingInstanceCount'"
        in said(ProcessingInstanceCount=0)[0]
    )


def test_a_value_in_a_branch_that_is_not_taken_is_not_tried():
    definition = mutants.definition("batch_inference")

    def rules_with(**values):
        return {f.rule for f in lint(Document(definition, sagemaker(), values)) if f.level == rules.ERROR}

    assert rules_with(GroundTruthAvailable=False) == set()
    assert rules_with(GroundTruthAvailable=True) == {"parameter-value"}
