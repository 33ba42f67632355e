"""Train on raw rows, and write a SavedModel with its handlers: the training script of TrainAbaloneModel."""

from __future__ import annotations

import argparse
import csv
import os
import shutil
from pathlib import Path

from pipelines.abalone_tensorflow import inference
from pipelines.abalone_tensorflow.network import MODEL_VERSION, Cells, dense_network, full_network
from pipelines.scripts.container import files_in, run
from pipelines.scripts.features import Featurizer
from pipelines.scripts.preprocess import FEATURIZER

import keras
import numpy as np
import tensorflow as tf


def main() -> None:
    """Read the arguments, train, and write the model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=200, help="maximum number of epochs")
    parser.add_argument("--patience", type=int, default=10, help="epochs without a smaller loss on the validation set")
    parser.add_argument("--layers", type=int, default=2)
    parser.add_argument("--dense-layer", type=int, default=64, help="units of each layer")
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--seed", type=int, default=0)
    for name in ("train", "validation", "featurizer"):
        parser.add_argument(f"--{name}", type=Path, default=os.environ.get(f"SM_CHANNEL_{name.upper()}"))
    parser.add_argument("--model-dir", type=Path, default=os.environ.get("SM_MODEL_DIR"))
    train(parser.parse_args())


def train(arguments: argparse.Namespace) -> None:
    """Train on ``train``, stop early by the loss on ``validation``, and write the model.

    The model consists of ``1/`` and ``code/inference.py`` below ``model_dir``.
    """
    keras.utils.set_random_seed(arguments.seed)
    tf.config.experimental.enable_op_determinism()
    to_features = Cells.from_featurizer(Featurizer.load(arguments.featurizer / FEATURIZER))
    (labels, features), validation = (
        _labels_and_features(folder, to_features) for folder in (arguments.train, arguments.validation)
    )
    dense = dense_network(features.shape[1], arguments.layers, arguments.dense_layer)
    dense.compile(optimizer="adam", loss="mse", metrics=["mae"])
    stop = keras.callbacks.EarlyStopping(patience=arguments.patience, restore_best_weights=True)
    dense.fit(
        features,
        labels,
        batch_size=arguments.batch_size,
        epochs=arguments.epochs,
        validation_data=validation[::-1],
        callbacks=[stop],
        verbose=2,
    )
    full_network(to_features, dense).export(arguments.model_dir / MODEL_VERSION)
    arguments.model_dir.joinpath("code").mkdir(exist_ok=True)
    shutil.copy(str(inference.__file__), arguments.model_dir / "code" / "inference.py")


def _labels_and_features(folder: Path, to_features: Cells) -> tuple[np.ndarray, np.ndarray]:
    """Return the labels, and the features as the network gets them; these are computed once, not in each epoch."""
    rows = []
    for path in files_in(folder):
        with path.open(newline="", encoding="utf-8") as file:
            rows += [row for row in csv.reader(file) if row]
    table = np.array(rows)
    return table[:, 0].astype(np.float32), to_features(tf.constant(table[:, 1:])).numpy()


if __name__ == "__main__":
    run(main)
