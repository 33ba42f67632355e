"""Test each rule by its own examples, and the members that every rule must have."""

from __future__ import annotations

import copy
import json
import random
import re

from local_sagemaker.definition import rules
from local_sagemaker.definition.definition import Definition, read
from local_sagemaker.definition.definition_errors import DefinitionError
from local_sagemaker.definition.lint import all_rules, lint
from local_sagemaker.definition.rules import _examples as ex
from local_sagemaker.service_model import sagemaker

import mutants
import pytest
from paths import SHARED
from rule_examples import example

RULES = sorted(all_rules())


def findings_of(definition, service=True):
    return lint(Definition(definition, sagemaker() if service else None))


def findings_of_example(name, kind):
    return lint(example(all_rules()[name], kind))


@pytest.mark.parametrize("name", RULES)
def test_the_good_example_has_no_finding(name):
    assert [str(f) for f in findings_of_example(name, "GOOD") if f.level != rules.NOTE] == []


@pytest.mark.parametrize("name", RULES)
def test_the_bad_example_has_only_this_finding(name):
    reporting = {f.rule for f in findings_of_example(name, "BAD") if f.level != rules.NOTE or f.rule == name}

    assert reporting == {name}


@pytest.mark.parametrize("name", RULES)
def test_a_rule_has_a_docstring_a_page_a_level_and_examples(name):
    rule = all_rules()[name]

    assert re.match(r"[A-Z].*[.:,]", rule.__doc__)
    assert rule.PAGE.startswith("https://docs.aws.amazon.com/sagemaker/latest/")
    assert rule.LEVEL in (rules.ERROR, rules.WARNING, rules.NOTE)
    assert rule.GOOD != rule.BAD


@pytest.mark.parametrize("name", RULES)
def test_the_path_of_a_finding_exists(name):
    for finding in findings_of_example(name, "BAD"):
        if finding.path != "the definition":
            assert _exists(all_rules()[name].BAD, finding.path), finding


def _exists(value, path):
    from local_sagemaker.definition.expressions import path_parts

    for part_type, part in path_parts(path):
        value = value[int(part)] if part_type == "index" else value[part]
    return True


def test_findings_are_in_the_order_of_the_definition():
    steps = [{"Name": f"S{n}", "Type": "Unknown"} for n in range(12)]

    assert [f.step for f in findings_of({"Version": "2020-12-01", "Steps": steps})] == [f"S{n}" for n in range(12)]


def test_arguments_are_checked_only_with_the_services_shapes():
    definition = mutants.definition("abalone")
    definition["Steps"][0]["Arguments"]["Nothing"] = 5

    assert [f.rule for f in findings_of(definition, service=False) if f.level == rules.ERROR] == []
    assert [f.rule for f in findings_of(definition) if f.level == rules.ERROR] == ["unknown-member"]


@pytest.mark.parametrize("seed", range(40))
def test_lint_does_not_raise_for_junk(seed):
    """Check that lint reports findings and never raises, whatever values a definition has."""
    chance = random.Random(seed)
    text = json.dumps(mutants.definition(chance.choice(mutants.NAMES)))
    definition = json.loads(text)
    for _ in range(6):
        _spoil(definition, chance)

    findings = findings_of(definition)

    assert all(f.path and f.message for f in findings)


JUNK = (None, True, 0, -1.5, "", "x", [], [None], {}, {"a": 1}, [["x"]], {"Get": 5}, {"Get": "Steps"}, {"Std:Join": []})


def _spoil(value, chance):
    """Put junk somewhere inside ``value``."""
    while True:
        key = chance.choice(list(value) if isinstance(value, dict) else range(len(value)))
        inner = value[key]
        if isinstance(inner, dict | list) and inner and chance.random() < 0.85:
            value = inner
            continue
        value[key] = copy.deepcopy(chance.choice(JUNK))
        return


def test_bound_values_of_parameters_are_checked_where_they_are_used():
    definition = mutants.definition("abalone")

    def errors_with(**values):
        return [str(f) for f in lint(Definition(definition, sagemaker(), values)) if f.level == rules.ERROR]

    assert errors_with(ProcessingInstanceCount=2) == []
    assert (
        "is 0; it must be at least 1, with the value of the parameter 'ProcessingInstanceCount'"
        in errors_with(ProcessingInstanceCount=0)[0]
    )


def test_a_value_in_a_branch_that_is_not_taken_is_not_checked():
    definition = mutants.definition("batch_inference")

    def rules_with(**values):
        return {f.rule for f in lint(Definition(definition, sagemaker(), values)) if f.level == rules.ERROR}

    assert rules_with(GroundTruthAvailable=False) == set()
    assert rules_with(GroundTruthAvailable=True) == {"parameter-value"}


def tuning(*definitions):
    config = {"Strategy": "Bayesian", "ResourceLimits": {"MaxParallelTrainingJobs": 1, "MaxNumberOfTrainingJobs": 2}}
    return ex.step(
        "Tune", "Tuning", {"HyperParameterTuningJobConfig": config, "TrainingJobDefinitions": list(definitions)}
    )


def training(name, **arguments):
    return ex.training(name, arguments=arguments)


ISOLATED, OPEN = {"EnableNetworkIsolation": True}, {"EnableNetworkIsolation": False}
DEFINITION = {
    key: value for key, value in ex.training()["Arguments"].items() if key != "AlgorithmSpecification"
} | ISOLATED
TUNED_DEFINITION = DEFINITION | {"AlgorithmSpecification": {"TrainingImage": ex.XGBOOST, "TrainingInputMode": "File"}}
FILES = [{"PropertyFileName": n, "OutputName": "train", "FilePath": f"{n}.json"} for n in "AB"]
RESOURCES_WITH_KEY = {
    "InstanceType": "ml.m5.large",
    "InstanceCount": 1,
    "VolumeSizeInGB": 30,
    "VolumeKmsKeyId": "alias/x",
}
RESOURCES_WITH_NVME = {"InstanceType": "ml.g5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 30}
VALUE_FROM_S3 = {"Std:JsonGet": {"S3Uri": ex.join("s3://b", ex.get("Parameters.P")), "Path": "$['a'].b"}}
BRANCHES = ex.condition(
    "Gate",
    ex.compare("Equals", ex.EXECUTION, "x"),
    then=(ex.lambda_("Notify"),),
    otherwise=(ex.lambda_("Warn"),),
)
AFTER_EITHER_BRANCH = [{"Step": name, "Trigger": "Any"} for name in ("Notify", "Warn")]
RETRY_POLICIES = [{"ExceptionType": ["SageMaker.CAPACITY_ERROR"], "BackoffRate": 2.0, "IntervalSeconds": 1}]


@pytest.mark.parametrize(
    "definition",
    [
        pytest.param(ex.definition(ex.processing(PropertyFiles=FILES)), id="two property files of one output"),
        pytest.param(
            ex.definition(ex.fail(message=ex.join(VALUE_FROM_S3)), Parameters=[ex.parameter("P", "String", "x.json")]),
            id="a value of a file in a string",
        ),
        pytest.param(
            ex.definition(training("Train", **ISOLATED), tuning(TUNED_DEFINITION, TUNED_DEFINITION)),
            id="several tuned algorithms",
        ),
        pytest.param(
            ex.definition(
                training("A", ResourceConfig=RESOURCES_WITH_KEY), training("B", ResourceConfig=RESOURCES_WITH_NVME)
            ),
            id="local storage takes no key",
        ),
        pytest.param(
            ex.definition(
                ex.training(),
                ex.processing(arguments={"Environment": {"COPY": ex.IMAGE.replace("us-east-1", "eu-west-1")}}),
            ),
            id="an image that no job runs in",
        ),
        pytest.param(
            ex.definition(BRANCHES, ex.lambda_("After", DependsOn=AFTER_EITHER_BRANCH)), id="after either branch"
        ),
        pytest.param(ex.definition(ex.training(RetryPolicies=RETRY_POLICIES)), id="five attempts by default"),
        pytest.param(
            ex.definition(ex.processing(arguments={"Environment": {"USE_PASSWORD": "true", "DB_SECRET": "prod/db"}})),
            id="names that only refer to secrets",
        ),
    ],
)
def test_a_definition_that_the_service_accepts_has_no_finding(definition):
    assert [str(finding) for finding in findings_of(definition) if finding.level != rules.NOTE] == []


@pytest.mark.parametrize(
    ("definition", "rule"),
    [
        (
            ex.definition(
                training("Train", **ISOLATED),
                tuning(TUNED_DEFINITION, TUNED_DEFINITION | {"EnableNetworkIsolation": False}),
            ),
            "job-not-isolated",
        ),
        (ex.definition(ex.processing(arguments={"Environment": {"a-b": "x"}})), "wrong-pattern"),
        (ex.definition(ex.fail(), ex.fail("Late", ex.get("Steps.Reject.ErrorMessage"))), "depends-on-fail"),
        (ex.definition(ex.fail(message=ex.get("Steps"))), "malformed-expression"),
        (ex.definition(ex.fail(message=ex.join("a", "AKIA" + "X" * 16))), "plain-secret"),
        (
            ex.with_value(
                ex.definition(ex.training(), Parameters=[ex.parameter("Kind", "String", "ml.m5.xlrage")]),
                "Steps[0].Arguments.ResourceConfig.InstanceType",
                ex.get("Parameters.Kind"),
            ),
            "unknown-instance-type",
        ),
    ],
)
def test_a_definition_that_the_service_rejects_has_a_finding(definition, rule):
    assert {finding.rule for finding in findings_of(definition) if finding.level != rules.NOTE} == {rule}


COLLECTED_CASES = SHARED / "cases" / "definitions"
#: Name of a case -> the rule that finds its mistake, or None if it has none.
RULES_OF_CASES = {
    "compressed-input": ("gzip-channel", "processing-gzip-in-file-mode"),
    "input-from-nowhere": ("group-and-name", "image-and-algorithm-name", "neither-image-nor-name"),
    "instance-settings": ("groups-and-type", "no-instance"),
    "processing-path": ("localpath-input", "localpath-output", "localpath-twice"),
    "read-before-write": ("jsonget-no-depends-on",),
    "spot-training": (
        "spot-spot-without-wait", "spot-wait-shorter-than-run", "spot-wait-without-spot", "warm-pool-with-spot",
    ),
    "tuning-range": ("parallel-over-total",),
    None: (
        "emr-retry", "jsonget-with-depends-on", "jsonget-uri-from-step-property", "jsonget-in-processing-step",
        "depends-on-condition",
    ),
}  # fmt: skip


@pytest.mark.skipif(not COLLECTED_CASES.is_dir(), reason="the collected cases are not part of the project")
@pytest.mark.parametrize(
    ("rule", "case"), [pytest.param(rule, case, id=case) for rule, cases in RULES_OF_CASES.items() for case in cases]
)
def test_a_collected_mistake_is_found_by_its_rule(rule, case):
    document = json.loads(COLLECTED_CASES.joinpath(f"{case}.json").read_text())

    errors = {finding.rule for finding in findings_of(document) if finding.level == rules.ERROR}

    assert errors == ({rule} if rule else set())


@pytest.mark.parametrize(
    ("path", "value", "page"),
    [
        ("Steps[1].Arguments.HyperParameters", 5, "APIReference/API_CreateTrainingJob.html"),
        ("Steps[1].DisplayName", 5, "dg/build-and-manage-steps-types.html"),
        (
            "Steps[2].Arguments.Conditions[0]",
            {"Type": "Not", "Expression": {}},
            "dg/build-and-manage-steps-types.html#step-type-condition",
        ),
        ("Parameters[0].Type", "Text", "dg/build-and-manage-parameters.html"),
    ],
)
def test_a_finding_links_the_page_of_its_construct(path, value, page):
    changed = mutants.mutate(mutants.definition("by-hand"), [mutants.change(path, value)])

    pages = {
        finding.page.removeprefix("https://docs.aws.amazon.com/sagemaker/latest/") for finding in findings_of(changed)
    }

    assert page in pages


def test_a_member_that_is_given_twice_is_refused():
    text = '{"Version": "2020-12-01", "Steps": [{"Name": "A", "Type": "Fail", "DependsOn": ["B"], "DependsOn": []}]}'

    with pytest.raises(DefinitionError, match="an object of 'A' has the member 'DependsOn' twice"):
        read(text)
