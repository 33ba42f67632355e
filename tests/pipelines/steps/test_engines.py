"""Each pipeline with SageMaker's checks and with the project's own: the same steps, parameters and registered facts."""

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

TRAINING = ("abalone", "abalone_tensorflow", "abalone_tuning", "churn")
PIPELINES = (*TRAINING, "batch_inference")
#: Whose checks they are shows in these alone.
OWN = ("CheckType", "SkipCheck", "RegisterNewBaseline", "ModelPackageGroupName")


def compiled(name, engine, region="us-east-1", **settings):
    module = import_module(f"pipelines.{name}.pipeline")
    return module.get_pipeline(region, check_engine=engine, **settings)


def definition(name, engine, **settings):
    return json.loads(compiled(name, engine, **settings).definition())


def steps(document):
    """Every step by its name, those of branches too."""
    return {step.name: step.raw for step in read(json.dumps(document)).steps}


@pytest.mark.parametrize("name", PIPELINES)
def test_steps_and_parameters_are_the_same_but_for_the_one_that_resolves_baselines(name):
    ours, theirs = definition(name, "project"), definition(name, "sagemaker")

    assert ours["Parameters"] == theirs["Parameters"]
    assert set(steps(ours)) == set(steps(theirs)) | {"ResolveBaselines"}
    assert not {step["Type"] for step in steps(ours).values()} & {"QualityCheck", "ClarifyCheck"}


@pytest.mark.parametrize("name", PIPELINES)
def test_the_checks_are_told_the_same(name):
    ours, theirs = (checks_in_definition(read(json.dumps(definition(name, one)))) for one in ("project", "sagemaker"))

    def told(check):
        flags = {flag: check.get(flag) for flag in ("SkipCheck", "RegisterNewBaseline")}
        constants = {flag: str(value).lower() == "true" for flag, value in flags.items() if not isinstance(value, dict)}
        supplied = {name: check.get(name, "") for name in ("SuppliedBaselineStatistics", "SuppliedBaselineConstraints")}
        return check["Name"], check["CheckType"], flags | constants, supplied

    assert sorted(map(str, map(told, ours))) == sorted(map(str, map(told, theirs)))


@pytest.mark.parametrize("name", PIPELINES)
def test_lint_has_nothing_to_say_but_of_the_service_that_is_closed(name):
    found = linting.lint_definition(read(compiled(name, "project").definition()))

    assert [str(one) for one in found.findings if one.level != "note"] == []
    assert "closed-to-new-accounts" not in {one.rule for one in found.findings}


@pytest.mark.parametrize("name", ["abalone", "churn"])
def test_the_configurations_are_clarifys_to_the_byte(name):
    def configurations(engine):
        steps_ = json.dumps(definition(name, engine))
        return {word for word in steps_.split('"') if word.endswith("/analysis_config.json")}

    theirs = configurations("sagemaker")
    assert theirs and theirs < configurations("project")


@pytest.mark.parametrize("name", TRAINING)
def test_registration_names_the_same_baselines(name):
    def registered(engine):
        found = steps(definition(name, engine))
        (request,) = (step["Arguments"] for step in found.values() if step["Type"] == "RegisterModel")
        return {kind: request[kind] for kind in ("ModelMetrics", "DriftCheckBaselines")}

    def shape(value):
        return {k: shape(v) for k, v in value.items() if k != "S3Uri"} if isinstance(value, dict) else value

    assert shape(registered("project")) == shape(registered("sagemaker"))


def test_checks_are_isolated_and_the_step_that_asks_the_registry_is_not():
    found = steps(definition("abalone", "project", enable_network_isolation=True))
    isolated = {
        name: step["Arguments"].get("NetworkConfig", {}).get("EnableNetworkIsolation", False)
        for name, step in found.items()
        if step["Type"] == "Processing"
    }

    assert [name for name, is_so in isolated.items() if not is_so] == ["ResolveBaselines"]


@pytest.mark.parametrize("region", ["il-central-1", "us-gov-east-1"])
def test_regions_without_clarify_compile_with_the_projects_checks(region):
    assert steps(definition("abalone", "project", region=region))["ModelBiasCheckStep"]["Type"] == "Processing"


def test_the_environment_goes_before_the_projects_file_and_an_argument_before_both(monkeypatch):
    monkeypatch.delenv("CHECK_ENGINE")
    configured = tomllib.loads((ROOT / "pipelines" / "project.toml").read_text())["check_engine"]
    assert definition("abalone", None) == definition("abalone", configured)

    monkeypatch.setenv("CHECK_ENGINE", "project")
    assert steps(definition("abalone", None))["DataQualityCheckStep"]["Type"] == "Processing"
    assert steps(definition("abalone", "sagemaker"))["DataQualityCheckStep"]["Type"] == "QualityCheck"

    monkeypatch.setenv("CHECK_ENGINE", "projekt")
    with pytest.raises(UsageError, match="CHECK_ENGINE: check_engine is 'projekt'; did you mean 'project'"):
        compiled("abalone", None)
