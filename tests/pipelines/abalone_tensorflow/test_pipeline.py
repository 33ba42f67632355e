"""Check the TensorFlow pipeline: what get_pipeline defines, and the error before anything starts if it is missing."""

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

OWN_IMAGE = "111122223333.dkr.ecr.us-east-1.amazonaws.com/abalone:1"


def compile_graph(**arguments):
    return graph_of(get_pipeline("us-east-1", **arguments).definition())


def images(definition):
    return {
        name: step.arguments.get("AlgorithmSpecification", {}).get("TrainingImage")
        or step.arguments.get("PrimaryContainer", {}).get("Image")
        or step.arguments.get("AppSpecification", {}).get("ImageUri")
        for name, step in definition.steps.items()
    }


def test_training_and_inference_use_different_images():
    image_uris = images(compile_graph())

    assert "/tensorflow-training:2.19" in image_uris["TrainAbaloneModel"]
    assert image_uris["EvaluateAbaloneModel"] == image_uris["TrainAbaloneModel"]
    assert "/tensorflow-inference:2.19" in image_uris["AbaloneCreateModel"]


def test_the_users_own_images_are_arguments():
    image_uris = images(compile_graph(training_image_uri=OWN_IMAGE, inference_image_uri=OWN_IMAGE))

    assert (
        image_uris["TrainAbaloneModel"]
        == image_uris["EvaluateAbaloneModel"]
        == image_uris["AbaloneCreateModel"]
        == OWN_IMAGE
    )


def test_the_gate_uses_the_threshold_and_every_parameter_is_used_by_a_step():
    definition = compile_graph()
    (condition,) = definition.steps["CheckMSEAbaloneEvaluation"].arguments["Conditions"]
    used = {p for step in definition.steps.values() for p in references([step.arguments, step.settings])}

    assert condition["RightValue"] == {"Get": "Parameters.MseThreshold"}
    assert {f"Parameters.{name}" for name in definition.parameters} <= used


def test_the_training_archive_has_only_what_the_script_imports():
    pipeline = get_pipeline("us-east-1")
    hyperparameters = graph_of(pipeline.definition()).steps["TrainAbaloneModel"].arguments["HyperParameters"]
    assert hyperparameters["sagemaker_program"] == "train.py"
    bucket, _, key = hyperparameters["sagemaker_submit_directory"].removeprefix("s3://").partition("/")

    with tarfile.open(fileobj=io.BytesIO(pipeline.uploads[bucket, key])) as tar:
        names = set(tar.getnames())

    assert {"train.py", "pipelines/abalone_tensorflow/network.py", "pipelines/abalone_tensorflow/inference.py"} <= names
    assert not {name for name in names if name.startswith(("local_sagemaker", "pipelines/steps"))}
    assert pipeline.uploads[bucket, key] == get_pipeline("us-east-1").uploads[bucket, key], "the same bytes each time"


def test_the_handlers_import_nothing_of_the_project():
    code = "import sys; sys.modules['pipelines'] = None; import runpy; runpy.run_path(sys.argv[1])"
    script = ROOT / "pipelines" / "abalone_tensorflow" / "inference.py"

    subprocess.run([sys.executable, "-c", code, str(script)], check=True)


@pytest.mark.skipif(find_spec("tensorflow") is not None, reason="TensorFlow is installed here")
def test_without_tensorflow_the_error_names_the_extra_before_any_step_starts(tmp_path):
    process = shell_in(tmp_path)("run-pipeline -n pipelines.abalone_tensorflow.pipeline --local")

    assert process.returncode == 2
    assert "pip install -e '.[tensorflow]'" in process.stderr
    assert "Executing" not in process.stdout
    assert not list(tmp_path.glob(".local-sagemaker/jobs/*"))
    assert "Traceback" not in process.stderr


def test_the_golden_file_has_no_check_that_calls_a_model():
    golden = json.loads((ROOT / "tests" / "definitions" / "abalone_tensorflow.json").read_text())

    assert "ClarifyCheck" not in {step["Type"] for step in golden["Steps"]}
