"""Check that the network and its handlers give the same numbers everywhere (``tox -e tensorflow``)."""

from __future__ import annotations

import argparse
import csv
import json
import tarfile
from types import SimpleNamespace

import pytest

pytest.importorskip("tensorflow", reason="TensorFlow is a separate extra: tox -e tensorflow", exc_type=ImportError)

from local_sagemaker.images.tensorflow.serve import load
from local_sagemaker.serving.server import ModelError, RequestError
from pipelines.abalone.columns import SCHEMA
from pipelines.abalone_tensorflow import evaluate, inference
from pipelines.abalone_tensorflow.network import Cells, predict
from pipelines.abalone_tensorflow.train import train
from pipelines.scripts.container import InputError
from pipelines.scripts.features import Featurizer
from pipelines.scripts.preprocess import preprocess

import numpy as np
import pandas as pd
import tensorflow as tf

CSV = "text/csv"


@pytest.fixture(scope="module")
def model_folder(tmp_path_factory, abalone_csv):
    """A folder that has preprocessed data, and a model that was trained for a few epochs."""
    folder = tmp_path_factory.mktemp("tensorflow")
    preprocess(abalone_csv, folder, 0, SCHEMA, is_raw=True)
    channels = {name: folder / name for name in ("train", "validation", "featurizer")}
    settings = {"epochs": 3, "patience": 2, "layers": 1, "dense_layer": 8, "batch_size": 64, "seed": 0}
    train(argparse.Namespace(**channels, **settings, model_dir=folder / "model"))
    return folder


@pytest.fixture(scope="module")
def cells(model_folder):
    """Raw test rows, and rows that have missing, unknown or unmeasured cells."""
    with model_folder.joinpath("test", "test.csv").open(newline="") as file:
        rows = [row[1:] for row in csv.reader(file)][:200]
    unusual_rows = [
        ["X", *rows[0][1:]],
        ["", *rows[0][1:]],
        [rows[0][0], "", *rows[0][2:]],
        [*rows[0][:3], "0", *rows[0][4:]],
    ]
    return [*rows, *unusual_rows, [*rows[0][:3], "NA", *rows[0][4:]], [f" {cell} " for cell in rows[1]]]


def test_the_layer_computes_the_same_features_as_the_featurizer(model_folder, cells):
    featurizer = Featurizer.load(model_folder / "featurizer" / "featurizer.json")
    table = pd.DataFrame([[cell.strip() for cell in row] for row in cells], columns=SCHEMA.raw)
    for name in SCHEMA.numeric:
        table[name] = pd.to_numeric(table[name], errors="coerce")

    features = Cells.from_featurizer(featurizer)(tf.constant(cells)).numpy()

    # The layer's columns are in the file's order, the featurizer has numeric columns first.
    order = [*range(3, 10), 0, 1, 2]
    assert np.allclose(features[:, order], featurizer.transform(table), atol=1e-5)
    assert featurizer.is_raw


def test_endpoint_and_evaluation_predict_the_same_for_one_row_and_for_many(model_folder, cells):
    predictor, expected = load(model_folder / "model"), predict(model_folder / "model", cells)
    body = "".join(",".join(row) + "\n" for row in cells)

    content, content_type = predictor(body.encode(), CSV, CSV)
    single_prediction, _ = predictor((",".join(cells[0]) + "\n").encode(), CSV, CSV)

    assert content_type == CSV
    predictions = np.array([float(line) for line in content.decode().splitlines()])
    assert np.allclose(predictions, expected, rtol=1e-6)
    assert float(single_prediction) == pytest.approx(predictions[0], rel=1e-6)
    assert np.isfinite(predictions).all()


def test_the_same_seed_gives_the_same_network(model_folder, tmp_path, cells):
    channels = {name: model_folder / name for name in ("train", "validation", "featurizer")}
    settings = {"epochs": 3, "patience": 2, "layers": 1, "dense_layer": 8, "batch_size": 64, "seed": 0}

    train(argparse.Namespace(**channels, **settings, model_dir=tmp_path))

    assert np.array_equal(predict(tmp_path, cells), predict(model_folder / "model", cells))


@pytest.mark.parametrize(
    ("body", "content_type", "message"),
    [
        (b"M,0.4,0.3\n", CSV, "the model rejects the request"),
        (b"M,long,0.3,0.1,0.5,0.2,0.1,0.1\n", CSV, "the model rejects the request"),
    ],
)
def test_rows_that_do_not_fit_are_refused(model_folder, body, content_type, message):
    with pytest.raises(RequestError, match=message):
        load(model_folder / "model")(body, content_type, CSV)


def test_a_content_type_that_the_handlers_do_not_read_is_refused(model_folder):
    with pytest.raises(RequestError, match="content type 'image/png' is not"):
        load(model_folder / "model")(b"x", "image/png", CSV)


def test_an_error_of_the_model_server_is_passed_on():
    response = SimpleNamespace(status_code=500, content=b'{"error": "out of memory"}')

    with pytest.raises(ValueError, match="out of memory"):
        inference.output_handler(response, None)


def test_a_model_without_handlers_takes_csv_and_json(tmp_path):
    class Sums(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([None, 2], tf.float32, name="x")])
        def __call__(self, x):
            return {"sum": tf.reduce_sum(x, axis=1), "first": x[:, 0]}

    module = Sums()
    tf.saved_model.save(module, str(tmp_path / "3"), signatures={"serving_default": module.__call__})
    predictor = load(tmp_path)

    for body, content_type in (
        (b"1,2\n3,4\n", CSV),
        (b"[[1, 2], [3, 4]]", "application/json"),
        (b'{"instances": [[1, 2], [3, 4]]}', "application/json"),
        (b"[1, 2]\n[3, 4]\n", "application/jsonlines"),
        (b'[{"x": [1, 2]}, {"x": [3, 4]}]', "application/json"),
    ):
        content, _ = predictor(body, content_type, "application/json")
        assert json.loads(content) == {"predictions": [{"sum": 3.0, "first": 1.0}, {"sum": 7.0, "first": 3.0}]}


def test_a_folder_without_a_model_is_reported(tmp_path):
    tmp_path.joinpath("model.h5").touch()

    with pytest.raises(ModelError, match=r"there is no SavedModel .* the model's folder has: model\.h5"):
        load(tmp_path)


def test_a_script_with_only_one_of_both_handlers_is_refused(model_folder, tmp_path):
    import shutil

    shutil.copytree(model_folder / "model", tmp_path / "model")
    tmp_path.joinpath("model", "code", "inference.py").write_text("def input_handler(data, context): ...")

    with pytest.raises(ModelError, match="input_handler and output_handler go together"):
        load(tmp_path / "model")


def test_the_evaluation_compares_with_the_mean_of_the_training_labels(model_folder, tmp_path):
    with tarfile.open(tmp_path / "model.tar.gz", "w:gz") as tar:
        tar.add(model_folder / "model" / "1", "1")

    report = evaluate.evaluate(tmp_path, model_folder / "test", model_folder / "featurizer")

    labels = np.loadtxt(model_folder / "test" / "test.csv", delimiter=",", usecols=0)
    naive = Featurizer.load(model_folder / "featurizer" / "featurizer.json").naive
    assert report["rows"] == len(labels)
    assert report["naive_baseline"]["regression_metrics"]["mse"]["value"] == pytest.approx(
        np.mean((labels - naive) ** 2)
    )
    mse, naive_mse = (metrics["regression_metrics"]["mse"]["value"] for metrics in (report, report["naive_baseline"]))
    # Three epochs are too few: the test rows' own mean is the better prediction, and r2 below 0.
    r2 = report["regression_metrics"]["r2"]["value"]
    assert r2 < 0
    assert report["skill"]["value"] == pytest.approx(min(1 - mse / naive_mse, r2))


def test_an_invalid_archive_is_reported(model_folder, tmp_path):
    tmp_path.joinpath("model.tar.gz").write_bytes(b"no archive")

    with pytest.raises(InputError, match=r"model\.tar\.gz cannot be read as tar\.gz"):
        evaluate.evaluate(tmp_path, model_folder / "test", model_folder / "featurizer")
