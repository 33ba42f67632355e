"""Data capture of transform jobs: manifests that Model Monitor reads, and ids that ground truth is joined by."""

from __future__ import annotations

import io
import json
import re

from local_sagemaker.testing import BUCKET, archive, model, run, transform
from model_monitor.tables.dataset import Dataset

import numpy as np
import pytest
import xgboost as xgb

IN, OUT, CAPTURED = f"s3://{BUCKET}/in/", f"s3://{BUCKET}/out", f"s3://{BUCKET}/captured"
FEATURES = np.random.default_rng(0).normal(size=(40, 3)).astype("f4")
BOOSTER = xgb.train({}, xgb.DMatrix(FEATURES, label=FEATURES[:, 0] * 2), 3)
HOUR = r"\d{4}/\d\d/\d\d/\d\d/\w+\.json"


@pytest.fixture
def captured(session, account):
    """Transform two files with this DataCaptureConfig; captured key -> manifest, and output key -> text."""
    account.objects.write(BUCKET, "model.tar.gz", archive({"xgboost-model": bytes(BOOSTER.save_raw())}))
    for number in (0, 1):
        buffer = io.StringIO()
        np.savetxt(buffer, FEATURES[number * 20 : number * 20 + 20], delimiter=",")
        account.objects.write(BUCKET, f"in/day/{number}.csv", buffer.getvalue().encode())

    def run_with(source=IN, kind="S3Prefix", accept="text/csv", **config):
        step = transform("Transform", {"Get": "Steps.Model.ModelName"}, source, OUT)
        step["Arguments"]["TransformInput"]["DataSource"]["S3DataSource"]["S3DataType"] = kind
        step["Arguments"]["TransformOutput"]["Accept"] = accept
        step["Arguments"]["DataCaptureConfig"] = {"DestinationS3Uri": CAPTURED} | config
        ran = run(session, {"Steps": [model("Model", f"s3://{BUCKET}/model.tar.gz"), step]})
        assert ran.status == "Succeeded", ran.steps
        manifests = {
            key.removeprefix("captured/"): json.loads(path.read_text())
            for key, path in account.objects.keys(BUCKET, "captured/")
        }
        return manifests, {key: path.read_text() for key, path in account.objects.keys(BUCKET, "out/")}

    return run_with


def test_manifests_list_what_went_in_and_what_came_out(captured):
    manifests, _ = captured()

    (came_in, listed), (went_out, written) = sorted(manifests.items())
    assert re.fullmatch(f"input/{HOUR}", came_in)
    assert re.fullmatch(f"output/{HOUR}", went_out)
    assert listed == [{"prefix": f"s3://{BUCKET}/"}, "in/day/0.csv", "in/day/1.csv"]
    assert written == [{"prefix": f"{OUT}/"}, "day/0.csv.out", "day/1.csv.out"]


def test_model_monitor_reads_them_side_by_side(captured, account):
    captured()

    folder = account.root / "s3" / BUCKET
    dataset = Dataset(folder / "captured", {"batchCaptureManifest": {}}, roots={f"s3://{BUCKET}": str(folder)})
    chunks = [chunk for partition in dataset.partitions() for chunk in dataset.chunks(partition)]

    columns = [np.concatenate([np.array(list(c.columns.values())[n], dtype=float) for c in chunks]) for n in range(4)]
    assert np.allclose(columns[0], BOOSTER.inplace_predict(FEATURES))
    assert np.allclose(np.column_stack(columns[1:]), FEATURES)


def test_inputs_of_a_manifest_are_listed_by_their_keys(captured, account):
    account.objects.write(BUCKET, "list", json.dumps([{"prefix": IN}, "day/1.csv"]).encode())

    manifests, _ = captured(f"s3://{BUCKET}/list", "ManifestFile")

    assert next(m for key, m in manifests.items() if key.startswith("input"))[1:] == ["in/day/1.csv"]


def test_ids_and_times_stand_behind_each_score(captured):
    _, outputs = captured(GenerateInferenceId=True)

    lines = [line.split(",") for text in outputs.values() for line in text.splitlines()]
    assert np.allclose([float(score) for score, _, _ in lines], BOOSTER.inplace_predict(FEATURES))
    assert len({identifier for _, identifier, _ in lines}) == len(FEATURES)
    assert all(re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", identifier) for _, identifier, _ in lines)
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", time) for _, _, time in lines)
