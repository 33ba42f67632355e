"""The network and its handlers, where TensorFlow is (``tox -e tensorflow``): the same numbers everywhere."""

from __future__ import annotations

import argparse
import csv
import json
import tarfile
from types import SimpleNamespace

import pytest

pytest.importorskip("tensorflow", reason="TensorFlow is an extra of its own: tox -e tensorflow", exc_type=ImportError)

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
def trained(tmp_path_factory, abalone_csv):
    """Preprocessed data and a model of a few epochs; the folder."""
    folder = tmp_path_factory.mktemp("tensorflow")
    preprocess(abalone_csv, folder, 0, SCHEMA, is_raw=True)
    own = {name: folder / name for name in ("train", "validation", "featurizer")}
    settings = {"epochs": 3, "patience": 2, "layers": 1, "dense_layer": 8, "batch_size": 64, "seed": 0}
    train(argparse.Namespace(**own, **settings, model_dir=folder / "model"))
    return folder


@pytest.fixture(scope="module")
def cells(trained):
    """Raw test rows, and some with what is missing, unknown or nobody measured."""
    with trained.joinpath("test", "test.csv").open(newline="") as file:
        rows = [row[1:] for row in csv.reader(file)][:200]
    odd = [["X", *rows[0][1:]], ["", *rows[0][1:]], [rows[0][0], "", *rows[0][2:]], [*rows[0][:3], "0", *rows[0][4:]]]
    return [*rows, *odd, [*rows[0][:3], "NA", *rows[0][4:]], [f" {cell} " for cell in rows[1]]]


def test_the_layer_makes_the_features_that_the_featurizer_makes(trained, cells):
    featurizer = Featurizer.load(trained / "featurizer" / "featurizer.json")
    table = pd.DataFrame([[cell.strip() for cell in row] for row in cells], columns=SCHEMA.raw)
    for name in SCHEMA.numeric:
        table[name] = pd.to_numeric(table[name], errors="coerce")

    found = Cells.of(featurizer)(tf.constant(cells)).numpy()

    # The layer's columns are in the file's order, the featurizer's are numeric first.
    order = [*range(3, 10), 0, 1, 2]
    assert np.allclose(found[:, order], featurizer.transform(table), atol=1e-5)
    assert featurizer.is_raw


def test_one_row_and_many_have_the_same_predictions_at_the_endpoint_as_in_evaluation(trained, cells):
    predictor, wanted = load(trained / "model"), predict(trained / "model", cells)
    body = "".join(",".join(row) + "\n" for row in cells)

    content, kind = predictor(body.encode(), CSV, CSV)
    one, _ = predictor((",".join(cells[0]) + "\n").encode(), CSV, CSV)

    assert kind == CSV
    found = np.array([float(line) for line in content.decode().splitlines()])
    assert np.allclose(found, wanted, rtol=1e-6)
    assert float(one) == pytest.approx(found[0], rel=1e-6)
    assert np.isfinite(found).all()


def test_the_same_seed_gives_the_same_network(trained, tmp_path, cells):
    own = {name: trained / name for name in ("train", "validation", "featurizer")}
    settings = {"epochs": 3, "patience": 2, "layers": 1, "dense_layer": 8, "batch_size": 64, "seed": 0}

    train(argparse.Namespace(**own, **settings, model_dir=tmp_path))

    assert np.array_equal(predict(tmp_path, cells), predict(trained / "model", cells))


@pytest.mark.parametrize(
    ("body", "kind", "message"),
    [
        (b"M,0.4,0.3\n", CSV, "the model cannot be asked so"),
        (b"M,long,0.3,0.1,0.5,0.2,0.1,0.1\n", CSV, "the model cannot be asked so"),
    ],
)
def test_rows_that_do_not_fit_are_refused(trained, body, kind, message):
    with pytest.raises(RequestError, match=message):
        load(trained / "model")(body, kind, CSV)


def test_a_content_type_that_the_handlers_do_not_read_is_refused(trained):
    with pytest.raises(RequestError, match="content type 'image/png' is not read"):
        load(trained / "model")(b"x", "image/png", CSV)


def test_an_error_of_the_model_server_is_handed_on():
    response = SimpleNamespace(status_code=500, content=b'{"error": "out of memory"}')

    with pytest.raises(ValueError, match="out of memory"):
        inference.output_handler(response, None)


def test_without_a_script_numbers_and_json_are_known(tmp_path):
    class Doubled(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([None, 2], tf.float32, name="x")])
        def __call__(self, x):
            return {"sum": tf.reduce_sum(x, axis=1), "first": x[:, 0]}

    module = Doubled()
    tf.saved_model.save(module, str(tmp_path / "3"), signatures={"serving_default": module.__call__})
    predictor = load(tmp_path)

    for body, kind in (
        (b"1,2\n3,4\n", CSV),
        (b"[[1, 2], [3, 4]]", "application/json"),
        (b'{"instances": [[1, 2], [3, 4]]}', "application/json"),
        (b"[1, 2]\n[3, 4]\n", "application/jsonlines"),
        (b'[{"x": [1, 2]}, {"x": [3, 4]}]', "application/json"),
    ):
        content, _ = predictor(body, kind, "application/json")
        assert json.loads(content) == {"predictions": [{"sum": 3.0, "first": 1.0}, {"sum": 7.0, "first": 3.0}]}


def test_a_folder_without_a_model_is_told(tmp_path):
    tmp_path.joinpath("model.h5").touch()

    with pytest.raises(ModelError, match=r"there is no SavedModel .* there is: model\.h5"):
        load(tmp_path)


def test_half_of_the_handlers_is_refused(trained, tmp_path):
    import shutil

    shutil.copytree(trained / "model", tmp_path / "model")
    tmp_path.joinpath("model", "code", "inference.py").write_text("def input_handler(data, context): ...")

    with pytest.raises(ModelError, match="input_handler and output_handler go together"):
        load(tmp_path / "model")


def test_evaluation_is_beside_the_mean_of_the_training_labels(trained, tmp_path):
    with tarfile.open(tmp_path / "model.tar.gz", "w:gz") as tar:
        tar.add(trained / "model" / "1", "1")

    report = evaluate.evaluate(tmp_path, trained / "test", trained / "featurizer")

    labels = np.loadtxt(trained / "test" / "test.csv", delimiter=",", usecols=0)
    naive = Featurizer.load(trained / "featurizer" / "featurizer.json").naive
    assert report["rows"] == len(labels)
    assert report["naive_baseline"]["regression_metrics"]["mse"]["value"] == pytest.approx(
        np.mean((labels - naive) ** 2)
    )
    mse, of_naive = (one["regression_metrics"]["mse"]["value"] for one in (report, report["naive_baseline"]))
    # Three epochs are too few: the test rows' own mean is the better prediction, and r2 below 0.
    r2 = report["regression_metrics"]["r2"]["value"]
    assert r2 < 0
    assert report["skill"]["value"] == pytest.approx(min(1 - mse / of_naive, r2))


def test_an_archive_that_is_none_is_told(trained, tmp_path):
    tmp_path.joinpath("model.tar.gz").write_bytes(b"no archive")

    with pytest.raises(InputError, match=r"model\.tar\.gz cannot be read as tar\.gz"):
        evaluate.evaluate(tmp_path, trained / "test", trained / "featurizer")
