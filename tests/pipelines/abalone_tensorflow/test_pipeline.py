"""The TensorFlow pipeline: what get_pipeline defines; and without TensorFlow, what is said before anything starts."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tarfile
from importlib.util import find_spec

from local_sagemaker.definition.expressions import references
from local_sagemaker.definition.graph import graph_of
from pipelines.abalone_tensorflow.pipeline import get_pipeline

import pytest
from paths import ROOT
from shells import shell_in

OWN = "111122223333.dkr.ecr.us-east-1.amazonaws.com/abalone:1"


def compiled(**arguments):
    return graph_of(get_pipeline("us-east-1", **arguments).definition())


def images(definition):
    return {
        name: step.arguments.get("AlgorithmSpecification", {}).get("TrainingImage")
        or step.arguments.get("PrimaryContainer", {}).get("Image")
        or step.arguments.get("AppSpecification", {}).get("ImageUri")
        for name, step in definition.steps.items()
    }


def test_training_and_inference_have_each_their_image():
    found = images(compiled())

    assert "/tensorflow-training:2.19" in found["TrainAbaloneModel"]
    assert found["EvaluateAbaloneModel"] == found["TrainAbaloneModel"]
    assert "/tensorflow-inference:2.19" in found["AbaloneCreateModel"]


def test_images_of_ones_own_are_arguments():
    found = images(compiled(training_image_uri=OWN, inference_image_uri=OWN))

    assert found["TrainAbaloneModel"] == found["EvaluateAbaloneModel"] == found["AbaloneCreateModel"] == OWN


def test_the_threshold_is_read_by_the_gate_and_every_parameter_by_some_step():
    definition = compiled()
    (condition,) = definition.steps["CheckMSEAbaloneEvaluation"].arguments["Conditions"]
    read = {p for step in definition.steps.values() for p in references([step.arguments, step.settings])}

    assert condition["RightValue"] == {"Get": "Parameters.MseThreshold"}
    assert {f"Parameters.{name}" for name in definition.parameters} <= read


def test_the_training_script_travels_with_what_it_imports_and_nothing_else():
    pipeline = get_pipeline("us-east-1")
    hyperparameters = graph_of(pipeline.definition()).steps["TrainAbaloneModel"].arguments["HyperParameters"]
    assert hyperparameters["sagemaker_program"] == "train.py"
    bucket, _, key = hyperparameters["sagemaker_submit_directory"].removeprefix("s3://").partition("/")

    with tarfile.open(fileobj=io.BytesIO(pipeline.uploads[bucket, key])) as tar:
        names = set(tar.getnames())

    assert {"train.py", "pipelines/abalone_tensorflow/network.py", "pipelines/abalone_tensorflow/inference.py"} <= names
    assert not {name for name in names if name.startswith(("local_sagemaker", "pipelines/steps"))}
    assert pipeline.uploads[bucket, key] == get_pipeline("us-east-1").uploads[bucket, key], "the same bytes each time"


def test_the_handlers_travel_alone():
    code = "import sys; sys.modules['pipelines'] = None; import runpy; runpy.run_path(sys.argv[1])"
    script = ROOT / "pipelines" / "abalone_tensorflow" / "inference.py"

    subprocess.run([sys.executable, "-c", code, str(script)], check=True)


@pytest.mark.skipif(find_spec("tensorflow") is not None, reason="TensorFlow is installed here")
def test_without_tensorflow_the_extra_is_named_before_any_step_starts(tmp_path):
    done = shell_in(tmp_path)("run-pipeline -n pipelines.abalone_tensorflow.pipeline --local")

    assert done.returncode == 2
    assert "pip install -e '.[tensorflow]'" in done.stderr
    assert "Executing" not in done.stdout
    assert not list(tmp_path.glob(".local-sagemaker/jobs/*"))
    assert "Traceback" not in done.stderr


def test_its_golden_file_has_no_check_that_asks_a_model():
    golden = json.loads((ROOT / "tests" / "definitions" / "abalone_tensorflow.json").read_text())

    assert "ClarifyCheck" not in {step["Type"] for step in golden["Steps"]}
