"""Writes the folder ``explanations_shap``: the values of each row in out.csv, and the baseline in baseline.csv."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO

from model_monitor.monitor_error import MonitorError

import numpy as np

SHAP_FOLDER, LOCAL_VALUES_FILE, BASELINE_FILE = "explanations_shap", "out.csv", "baseline.csv"
PARTIAL_FOLDER = f".{SHAP_FOLDER}.partial"


class LocalValues:
    """Writes the files to a temporary folder, from which ``put_in_place`` moves them.

    The columns of out.csv are called ``<feature>_label0``.

    Args:
        folder: of the run's output.
        features: names, in their order.
        baseline: its rows.
        saves: whether out.csv is requested.
    """

    def __init__(self, folder: Path, features: Sequence[str], baseline: Sequence[Sequence[str | None]], saves: bool):
        self._folder, self._features, self._baseline, self._saves = folder / PARTIAL_FOLDER, features, baseline, saves
        self._local: IO[str] | None = None

    def __enter__(self) -> LocalValues:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with self._folder.joinpath(BASELINE_FILE).open("w", encoding="utf-8", newline="") as file:
                csv.writer(file, lineterminator="\n").writerows([self._features, *self._baseline])
            if self._saves:
                self._local = self._folder.joinpath(LOCAL_VALUES_FILE).open("w", encoding="utf-8")
        except OSError as error:
            raise MonitorError(f"cannot write to {str(self._folder)!r}: {error.strerror}") from None
        return self

    def __exit__(self, error_type: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        if self._local:
            self._local.close()

    def write(self, values: np.ndarray) -> None:
        """Add the values of some rows, shape (rows, features, outputs)."""
        if not self._local:
            return
        if not self._local.tell():
            names = [f"{name}_label{output}" for output in range(values.shape[2]) for name in self._features]
            csv.writer(self._local, lineterminator="\n").writerow(names)
        across = np.moveaxis(values, 2, 1).reshape(len(values), -1)
        self._local.writelines(",".join(map(repr, row)) + "\n" for row in across.tolist())


def put_in_place(folder: Path) -> None:
    """Replace the files of an earlier run by those of this one; raise OSError if that fails."""
    for name in (LOCAL_VALUES_FILE, BASELINE_FILE):
        folder.joinpath(SHAP_FOLDER, name).unlink(missing_ok=True)
    if folder.joinpath(PARTIAL_FOLDER).is_dir():
        folder.joinpath(SHAP_FOLDER).mkdir(exist_ok=True)
        for file in folder.joinpath(PARTIAL_FOLDER).iterdir():
            file.replace(folder / SHAP_FOLDER / file.name)
    discard(folder)


def discard(folder: Path) -> None:
    """Remove a run's temporary folder, and output folders that are empty."""
    shutil.rmtree(folder / PARTIAL_FOLDER, ignore_errors=True)
    for empty in (folder / SHAP_FOLDER, folder):
        with suppress(OSError):  # it is not empty, or does not exist
            empty.rmdir()
