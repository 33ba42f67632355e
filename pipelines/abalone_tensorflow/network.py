"""The network: cells of raw rows in, as text; rings out. What the cells become is decided inside of it.

So training, evaluation, endpoint and batch give it the same rows and see the same numbers; nobody else scales anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipelines.scripts.features import Featurizer

import keras
import tensorflow as tf

#: What stands for a value that is missing.
MISSING = ("", "NA", "N/A", "NaN", "nan", "null")
VERSION = "1"  # the folder of a SavedModel is a number
SIGNATURE = "serving_default"


@keras.saving.register_keras_serializable("abalone_tensorflow")
class Cells(keras.layers.Layer):
    """Text cells to features: shape (rows, columns) of strings to (rows, features) of floats.

    A numeric column is (value - mean) / scale, the median where the value is missing; a categorical one has a 0 or 1
    for each category. The constants are those of ``featurizer.json``, fitted on training rows alone.
    """

    def __init__(self, columns: Sequence[dict[str, Any]], **options: Any):
        super().__init__(trainable=False, **options)
        self.columns = [dict(column) for column in columns]

    @classmethod
    def of(cls, featurizer: Featurizer) -> Cells:
        """The layer with a featurizer's constants."""
        schema = featurizer.schema
        numeric = {
            name: {"median": fitted.median, "mean": fitted.mean, "scale": fitted.scale}
            | {"zero_is_missing": name in schema.zero_is_missing}
            for name, fitted in featurizer.numeric.items()
        }
        categorical = {name: {"categories": list(kinds)} for name, kinds in schema.categories.items()}
        return cls([(numeric | categorical)[name] for name in schema.raw], name="features")

    def call(self, cells: Any) -> Any:
        """The features of some rows."""
        cells = tf.strings.strip(cells)
        return tf.concat([_features(cells[:, n], column) for n, column in enumerate(self.columns)], axis=1)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, int]:
        """(rows, features)."""
        return input_shape[0], sum(len(column.get("categories", "1")) for column in self.columns)

    def get_config(self) -> dict[str, Any]:
        """What it is made of."""
        return super().get_config() | {"columns": self.columns}


def _features(cells: Any, column: dict[str, Any]) -> Any:
    """One column of cells to one or more of features."""
    if "categories" in column:
        return tf.cast(cells[:, tf.newaxis] == tf.constant(column["categories"]), tf.float32)
    is_missing = tf.reduce_any(cells[:, tf.newaxis] == tf.constant(MISSING), axis=1)
    values = tf.strings.to_number(tf.where(is_missing, "nan", cells))
    if column["zero_is_missing"]:
        values = tf.where(values == 0.0, float("nan"), values)
    values = tf.where(tf.math.is_nan(values), column["median"], values)
    return ((values - column["mean"]) / column["scale"])[:, tf.newaxis]


def dense(features: int, layers: int, units: int) -> keras.Model:
    """The part that learns: ``layers`` layers of ``units``, and one number."""
    hidden = [keras.layers.Dense(units, activation="relu") for _ in range(layers)]
    return keras.Sequential([keras.Input((features,)), *hidden, keras.layers.Dense(1)])


def whole(cells: Cells, learnt: keras.Model) -> keras.Model:
    """The network from cells to rings."""
    rows = keras.Input((len(cells.columns),), dtype="string", name="cells")
    return keras.Model(rows, learnt(cells(rows)))


def predict(folder: Path, cells: Any) -> Any:
    """What the SavedModel in a folder predicts for cells of shape (rows, columns); floats of shape (rows,).

    It is asked by the signature by which an endpoint asks it.
    """
    model = tf.saved_model.load(str(folder / VERSION))
    (output,) = model.signatures[SIGNATURE](cells=tf.constant(cells)).values()
    return output.numpy()[:, 0]
