"""Turn what an endpoint receives and returns into a table: the prediction, then the model's features, with a header."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from model_monitor.tables.dataset import Dataset

PREDICTION = "prediction"
Row = Sequence[float | None]


@contextmanager
def dataset_of_rows(columns: Sequence[str], rows: Iterable[Row]) -> Iterator[tuple[Dataset, int]]:
    """Yield the rows as a dataset, and how many there are; memory does not grow with them.

    All numbers are written in one form, so that 1 and 1.0, which are equal to a model, have the same type for the
    monitor.

    Args:
        columns: names of the features.
        rows: a prediction and the features each; None for a missing value.
    """
    with TemporaryDirectory() as folder:
        path, count = Path(folder, "received.csv"), 0
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow([PREDICTION, *columns])
            for row in rows:
                writer.writerow("" if cell is None else repr(float(cell)) for cell in row)
                count += 1
        yield Dataset(path, {"csv": {"header": True}}), count
