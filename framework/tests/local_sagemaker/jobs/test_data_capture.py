"""Tests data capture of transform jobs: manifests that Model Monitor reads, and ids that join ground truth."""

from __future__ import annotations

import io
import json
import re

from local_sagemaker.testing import BUCKET, archive, model_step, run, transform_step
from model_monitor.tables.dataset import Dataset

import numpy as np
import pytest
import xgboost as xgb

IN, OUT, CAPTURED = f"s3://{BUCKET}/in/", f"s3://{BUCKET}/out", f"s3://{BUCKET}/captured"
FEATURES = np.random.default_rng(0).normal(size=(40, 3)).astype("f4")
BOOSTER = xgb.train({}, xgb.DMatrix(FEATURES, label=FEATURES[:, 0] * 2), 3)
HOUR = r"\d{4}/\d\d/\d\d/\d\d/\w+\.json"


@pytest.fixture
def capture(session, account):
    """Return a function that transforms two files with this DataCaptureConfig.

    It returns manifests by their captured keys, and texts by output keys.
    """
    account.objects.write(BUCKET, "model.tar.gz", archive({"xgboost-model": bytes(BOOSTER.save_raw())}))
    for number in (0, 1):
        buffer = io.StringIO()
        np.savetxt(buffer, FEATURES[number * 20 : number * 20 + 20], delimiter=",")
        account.objects.write(BUCKET, f"in/day/{number}.csv", buffer.getvalue().encode())

    def run_transform(source=IN, data_type="S3Prefix", accept="text/csv", **config):
        step = transform_step("Transform", {"Get": "Steps.Model.ModelName"}, source, OUT)
        step["Arguments"]["TransformInput"]["DataSource"]["S3DataSource"]["S3DataType"] = data_type
        step["Arguments"]["TransformOutput"]["Accept"] = accept
        step["Arguments"]["DataCaptureConfig"] = {"DestinationS3Uri": CAPTURED} | config
        result = run(session, {"Steps": [model_step("Model", f"s3://{BUCKET}/model.tar.gz"), step]})
        assert result.status == "Succeeded", result.steps
        manifests = {
            key.removeprefix("captured/"): json.loads(path.read_text())
            for key, path in account.objects.keys(BUCKET, "captured/")
        }
        return manifests, {key: path.read_text() for key, path in account.objects.keys(BUCKET, "out/")}

    return run_transform


def test_manifests_list_the_inputs_and_the_outputs(capture):
    manifests, _ = capture()

    (input_key, input_manifest), (output_key, output_manifest) = sorted(manifests.items())
    assert re.fullmatch(f"input/{HOUR}", input_key)
    assert re.fullmatch(f"output/{HOUR}", output_key)
    assert input_manifest == [{"prefix": f"s3://{BUCKET}/"}, "in/day/0.csv", "in/day/1.csv"]
    assert output_manifest == [{"prefix": f"{OUT}/"}, "day/0.csv.out", "day/1.csv.out"]


def test_model_monitor_joins_inputs_and_outputs(capture, account):
    capture()

    folder = account.root / "s3" / BUCKET
    dataset = Dataset(folder / "captured", {"batchCaptureManifest": {}}, roots={f"s3://{BUCKET}": str(folder)})
    chunks = [chunk for partition in dataset.partitions() for chunk in dataset.chunks(partition)]

    columns = [np.concatenate([np.array(list(c.columns.values())[n], dtype=float) for c in chunks]) for n in range(4)]
    assert np.allclose(columns[0], BOOSTER.inplace_predict(FEATURES))
    assert np.allclose(np.column_stack(columns[1:]), FEATURES)


def test_inputs_of_a_manifest_are_listed_by_their_keys(capture, account):
    account.objects.write(BUCKET, "list", json.dumps([{"prefix": IN}, "day/1.csv"]).encode())

    manifests, _ = capture(f"s3://{BUCKET}/list", "ManifestFile")

    assert next(m for key, m in manifests.items() if key.startswith("input"))[1:] == ["in/day/1.csv"]


def test_each_score_is_followed_by_an_id_and_a_time(capture):
    _, outputs = capture(GenerateInferenceId=True)

    lines = [line.split(",") for text in outputs.values() for line in text.splitlines()]
    assert np.allclose([float(score) for score, _, _ in lines], BOOSTER.inplace_predict(FEATURES))
    assert len({identifier for _, identifier, _ in lines}) == len(FEATURES)
    assert all(re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", identifier) for _, identifier, _ in lines)
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", time) for _, _, time in lines)
