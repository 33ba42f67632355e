"""Compares the project's definitions with those that SDK v2 writes for the same pipelines, step by step.

The tests run only in the environment with v2 (``tox -e sdk-v2``); v2 and v3 cannot be installed together.
"""

from __future__ import annotations

import json
import re
import warnings
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from local_sagemaker.definition.definition import Definition, read
from local_sagemaker.definition.diff import changes
from local_sagemaker.definition.lint import lint
from local_sagemaker.definition.rules import NOTE
from local_sagemaker.service_model import sagemaker

import pytest
from paths import GOLDEN

try:
    INSTALLED = version("sagemaker")
except PackageNotFoundError:
    INSTALLED = "none"
pytestmark = [
    pytest.mark.skipif(
        not INSTALLED.startswith("2."),
        reason=f"SDK v2 is an environment of its own: tox -e sdk-v2; installed: {INSTALLED}",
    ),
    # v2 and its requirements emit warnings about themselves wherever they are used.
    pytest.mark.filterwarnings("ignore"),
]

#: Differences of v3's definitions: pattern of the path -> why the difference has no effect, or is intended.
ALLOWED = {
    r"AppManaged": "false is the service's default",
    r"\['(baseline_dataset_input|analysis_config|dataset)'\]\.S3Input\.(S3DataDistributionType|S3CompressionType)": (
        "FullyReplicated and None are the service's defaults"
    ),
    r"OutputDataConfig\.CompressionType": "GZIP is the service's default",
    r"InputDataConfig\['\w+'\]\.InputMode": "AlgorithmSpecification sets File for all channels",
    r"DebugHookConfig|ProfilerConfig": "v3 asks for no debugger; the built-in algorithm needs none",
    r"\['code'\]\.S3Input\.S3Uri|CustomerMetadataProperties\.CodeHash": "the code's own hash; the oracle has no code",
    r"\['analysis_config'\]\.S3Input\.S3Uri|ConfigFile\.S3Uri": (
        "the SDK's fixed key would change what a deployed pipeline reads; this project's carries the content's hash"
    ),
    r"AbaloneCreateModel(: Arguments)?( now waits for|\.PrimaryContainer).*": (
        "in batch inference the container is a model package, which neither SDK's Model supports"
    ),
}


def compile_with_v2(name):
    """Return the definition that v2 writes, with v3's names of model steps."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import definitions

        text = json.dumps(definitions.DEFINITIONS[name]())
    return json.loads(re.sub(r"(?<=Model)-(CreateModel|RegisterModel)(?=[\"'.])", "", text))


@pytest.fixture(autouse=True)
def region(monkeypatch, without_profile):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.syspath_prepend(str(Path(__file__).parent))


@pytest.mark.parametrize("name", ["abalone", "batch_inference"])
def test_a_definition_equals_that_of_v2_except_for_allowed_differences(name):
    golden = json.loads((GOLDEN / f"{name}.json").read_text())

    differences = [str(change) for change in changes(Definition(compile_with_v2(name)), Definition(golden))]

    assert [text for text in differences if not any(re.search(allowed, text) for allowed in ALLOWED)] == []


def test_every_allowed_difference_occurs():
    differences = [
        str(change)
        for name in ("abalone", "batch_inference")
        for change in changes(Definition(compile_with_v2(name)), read((GOLDEN / f"{name}.json").read_text()))
    ]

    assert [allowed for allowed in ALLOWED if not any(re.search(allowed, text) for text in differences)] == []


@pytest.mark.parametrize("name", ["abalone", "batch_inference", "everything_else"])
def test_lint_finds_nothing_in_definitions_of_v2(name):
    findings = lint(Definition(compile_with_v2(name), sagemaker()))

    # The project's own definition has these findings, too; pipelines/lint.toml silences them with reasons.
    silenced = {"shared-output", "shared-by-executions"} if name == "batch_inference" else set()
    assert {finding.rule for finding in findings if finding.level != NOTE} - silenced == set()
