"""The project's definitions against those that SDK v2 writes for the same pipelines, step by step.

Only in the environment that has v2 (``tox -e sdk-v2``); v2 and v3 cannot be installed together.
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
    # v2 warns of itself and of what it brings, wherever it is touched.
    pytest.mark.filterwarnings("ignore"),
]

#: What v3 writes otherwise, by path, and why that changes nothing, or is meant.
ALLOWED = {
    r"AppManaged": "false is the service's default",
    r"\['(baseline_dataset_input|analysis_config|dataset)'\]\.S3Input\.(S3DataDistributionType|S3CompressionType)": (
        "FullyReplicated and None are the service's defaults"
    ),
    r"OutputDataConfig\.CompressionType": "GZIP is the service's default",
    r"InputDataConfig\['\w+'\]\.InputMode": "File is what AlgorithmSpecification says of all channels",
    r"DebugHookConfig|ProfilerConfig": "v3 asks for no debugger; the built-in algorithm needs none",
    r"\['code'\]\.S3Input\.S3Uri|CustomerMetadataProperties\.CodeHash": "the code's own hash; the oracle has no code",
    r"\['analysis_config'\]\.S3Input\.S3Uri|ConfigFile\.S3Uri": (
        "the SDK's fixed key would change what a deployed pipeline reads; this project's carries the content's hash"
    ),
    r"AbaloneCreateModel(: Arguments)?( now waits for|\.PrimaryContainer).*": (
        "in batch inference the container is a model package, which neither SDK's Model can say"
    ),
}


def built(name):
    """What v2 writes, its model steps by the names that v3 gives them."""
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
def test_a_pipeline_is_what_v2_makes_of_it(name):
    ours = json.loads((GOLDEN / f"{name}.json").read_text())

    found = changes(Definition(built(name)), Definition(ours))

    assert [str(c) for c in found if not any(re.search(allowed, str(c)) for allowed in ALLOWED)] == []


def test_every_difference_that_is_allowed_is_there():
    found = [
        str(change)
        for name in ("abalone", "batch_inference")
        for change in changes(Definition(built(name)), read((GOLDEN / f"{name}.json").read_text()))
    ]

    assert [allowed for allowed in ALLOWED if not any(re.search(allowed, words) for words in found)] == []


@pytest.mark.parametrize("name", ["abalone", "batch_inference", "everything_else"])
def test_lint_finds_nothing_in_what_v2_writes(name):
    found = lint(Definition(built(name), sagemaker()))

    # These are true of the project's own definition too, and silenced there with their reasons (pipelines/lint.toml).
    silenced = {"shared-output", "shared-by-executions"} if name == "batch_inference" else set()
    assert {f.rule for f in found if f.level != NOTE} - silenced == set()
