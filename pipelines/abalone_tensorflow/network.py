"""Define the network, which takes raw cells as strings, scales them itself, and predicts rings.

So training, evaluation, endpoint and batch inference pass it the same rows and get the same numbers; no other code
scales anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipelines.scripts.features import Featurizer

import keras
import tensorflow as tf

#: Cells that mean a missing value.
MISSING_CELLS = ("", "NA", "N/A", "NaN", "nan", "null")
MODEL_VERSION = "1"  # the folder of a SavedModel is a number
SIGNATURE = "serving_default"


@keras.saving.register_keras_serializable("abalone_tensorflow")
class Cells(keras.layers.Layer):
    """A layer that turns cells into features: strings of shape (rows, columns) into floats of shape (rows, features).

    A numeric column becomes (value - mean) / scale, with the median for a missing value; a categorical column becomes a
    0 or 1 for each category. The constants are those of ``featurizer.json``, fitted on training rows only.
    """

    def __init__(self, columns: Sequence[dict[str, Any]], **options: Any):
        super().__init__(trainable=False, **options)
        self.columns = [dict(column) for column in columns]

    @classmethod
    def from_featurizer(cls, featurizer: Featurizer) -> Cells:
        """Return the layer with a featurizer's constants."""
        schema = featurizer.schema
        numeric = {
            name: {"median": fitted.median, "mean": fitted.mean, "scale": fitted.scale}
            | {"zero_is_missing": name in schema.zero_is_missing}
            for name, fitted in featurizer.numeric.items()
        }
        categorical = {name: {"categories": list(categories)} for name, categories in schema.categories.items()}
        return cls([(numeric | categorical)[name] for name in schema.raw], name="features")

    def call(self, cells: Any) -> Any:
        """Return the features of some rows."""
        cells = tf.strings.strip(cells)
        return tf.concat([_features(cells[:, n], column) for n, column in enumerate(self.columns)], axis=1)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, int]:
        """Return the shape (rows, features)."""
        return input_shape[0], sum(len(column.get("categories", "1")) for column in self.columns)

    def get_config(self) -> dict[str, Any]:
        """Return what the layer is rebuilt from when it is loaded."""
        return super().get_config() | {"columns": self.columns}


def _features(cells: Any, column: dict[str, Any]) -> Any:
    """Turn a column of cells into one or more columns of features."""
    if "categories" in column:
        return tf.cast(cells[:, tf.newaxis] == tf.constant(column["categories"]), tf.float32)
    is_missing = tf.reduce_any(cells[:, tf.newaxis] == tf.constant(MISSING_CELLS), axis=1)
    values = tf.strings.to_number(tf.where(is_missing, "nan", cells))
    if column["zero_is_missing"]:
        values = tf.where(values == 0.0, float("nan"), values)
    values = tf.where(tf.math.is_nan(values), column["median"], values)
    return ((values - column["mean"]) / column["scale"])[:, tf.newaxis]


def dense_network(features: int, layers: int, units: int) -> keras.Model:
    """Return the part that learns: ``layers`` layers of ``units``, then a layer with one output."""
    hidden = [keras.layers.Dense(units, activation="relu") for _ in range(layers)]
    return keras.Sequential([keras.Input((features,)), *hidden, keras.layers.Dense(1)])


def full_network(cells: Cells, dense: keras.Model) -> keras.Model:
    """Return the network from cells to rings."""
    rows = keras.Input((len(cells.columns),), dtype="string", name="cells")
    return keras.Model(rows, dense(cells(rows)))


def predict(folder: Path, cells: Any) -> Any:
    """Return what the SavedModel in a folder predicts for cells of shape (rows, columns): floats of shape (rows,).

    It is called by the same signature as in an endpoint.
    """
    model = tf.saved_model.load(str(folder / MODEL_VERSION))
    (output,) = model.signatures[SIGNATURE](cells=tf.constant(cells)).values()
    return output.numpy()[:, 0]
