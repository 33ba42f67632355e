"""Check that each pipeline has the same steps, parameters and registered facts with either check engine."""

from __future__ import annotations

import json
import tomllib
from importlib import import_module

from local_sagemaker.definition.definition import read
from local_sagemaker.tools.command_errors import UsageError
from local_sagemaker.tools.lint import linting
from local_sagemaker.tools.service.checks import checks_in_definition

import pytest
from paths import ROOT

pytest.importorskip("sagemaker.core", reason="needs the SageMaker SDK")

TRAINING_PIPELINES = ("abalone", "abalone_tensorflow", "abalone_tuning", "churn")
PIPELINES = (*TRAINING_PIPELINES, "batch_inference")


def build(name, engine, region="us-east-1", **settings):
    module = import_module(f"pipelines.{name}.pipeline")
    return module.get_pipeline(region, check_engine=engine, **settings)


def definition(name, engine, **settings):
    return json.loads(build(name, engine, **settings).definition())


def steps(document):
    """Return all steps by name, including those of branches."""
    return {step.name: step.raw for step in read(json.dumps(document)).steps}


@pytest.mark.parametrize("name", PIPELINES)
def test_steps_and_parameters_differ_only_by_the_step_that_resolves_baselines(name):
    ours, theirs = definition(name, "project"), definition(name, "sagemaker")

    assert ours["Parameters"] == theirs["Parameters"]
    assert set(steps(ours)) == set(steps(theirs)) | {"ResolveBaselines"}
    assert not {step["Type"] for step in steps(ours).values()} & {"QualityCheck", "ClarifyCheck"}


@pytest.mark.parametrize("name", PIPELINES)
def test_the_checks_have_the_same_settings(name):
    ours, theirs = (
        checks_in_definition(read(json.dumps(definition(name, engine)))) for engine in ("project", "sagemaker")
    )

    def settings(check):
        flags = {flag: check.get(flag) for flag in ("SkipCheck", "RegisterNewBaseline")}
        constants = {flag: str(value).lower() == "true" for flag, value in flags.items() if not isinstance(value, dict)}
        supplied = {name: check.get(name, "") for name in ("SuppliedBaselineStatistics", "SuppliedBaselineConstraints")}
        return check["Name"], check["CheckType"], flags | constants, supplied

    assert sorted(map(str, map(settings, ours))) == sorted(map(str, map(settings, theirs)))


@pytest.mark.parametrize("name", PIPELINES)
def test_lint_reports_only_notes_with_the_projects_checks(name):
    result = linting.lint_definition(read(build(name, "project").definition()))

    assert [str(finding) for finding in result.findings if finding.level != "note"] == []
    assert "closed-to-new-accounts" not in {finding.rule for finding in result.findings}


@pytest.mark.parametrize("name", ["abalone", "churn"])
def test_the_configurations_have_the_same_bytes_as_clarifys(name):
    def configurations(engine):
        text = json.dumps(definition(name, engine))
        return {string for string in text.split('"') if string.endswith("/analysis_config.json")}

    theirs = configurations("sagemaker")
    assert theirs and theirs < configurations("project")


@pytest.mark.parametrize("name", TRAINING_PIPELINES)
def test_registration_names_the_same_baselines(name):
    def registration(engine):
        definition_steps = steps(definition(name, engine))
        (request,) = (step["Arguments"] for step in definition_steps.values() if step["Type"] == "RegisterModel")
        return {member: request[member] for member in ("ModelMetrics", "DriftCheckBaselines")}

    def shape(value):
        return {k: shape(v) for k, v in value.items() if k != "S3Uri"} if isinstance(value, dict) else value

    assert shape(registration("project")) == shape(registration("sagemaker"))


def test_checks_are_isolated_but_not_the_step_that_calls_the_registry():
    definition_steps = steps(definition("abalone", "project", enable_network_isolation=True))
    isolation = {
        name: step["Arguments"].get("NetworkConfig", {}).get("EnableNetworkIsolation", False)
        for name, step in definition_steps.items()
        if step["Type"] == "Processing"
    }

    assert [name for name, is_isolated in isolation.items() if not is_isolated] == ["ResolveBaselines"]


@pytest.mark.parametrize("region", ["il-central-1", "us-gov-east-1"])
def test_regions_without_clarify_compile_with_the_projects_checks(region):
    assert steps(definition("abalone", "project", region=region))["ModelBiasCheckStep"]["Type"] == "Processing"


def test_the_environment_overrides_the_projects_file_and_an_argument_overrides_both(monkeypatch):
    monkeypatch.delenv("CHECK_ENGINE")
    configured = tomllib.loads((ROOT / "pipelines" / "project.toml").read_text())["check_engine"]
    assert definition("abalone", None) == definition("abalone", configured)

    monkeypatch.setenv("CHECK_ENGINE", "project")
    assert steps(definition("abalone", None))["DataQualityCheckStep"]["Type"] == "Processing"
    assert steps(definition("abalone", "sagemaker"))["DataQualityCheckStep"]["Type"] == "QualityCheck"

    monkeypatch.setenv("CHECK_ENGINE", "projekt")
    with pytest.raises(UsageError, match="CHECK_ENGINE: check_engine is 'projekt'; did you mean 'project'"):
        build("abalone", None)
