"""``explanations_shap``: the values of each row in out.csv, and the baseline beside them."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import IO

from model_monitor.errors import MonitorError

import numpy as np

FOLDER, LOCAL, BASELINE = "explanations_shap", "out.csv", "baseline.csv"


class LocalValues:
    """The files, each there once it is whole. Columns of out.csv are called ``<feature>_label0``."""

    def __init__(self, folder: Path, features: Sequence[str], baseline: Sequence[Sequence[str | None]], saves: bool):
        self._folder, self._features, self._baseline, self._saves = folder / FOLDER, features, baseline, saves
        self._open = ExitStack()
        self._local: IO[str] | None = None

    def __enter__(self) -> LocalValues:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            for name in (LOCAL, BASELINE):
                self._folder.joinpath(name).unlink(missing_ok=True)
            with self._partial(BASELINE).open("w", encoding="utf-8", newline="") as file:
                csv.writer(file, lineterminator="\n").writerows([self._features, *self._baseline])
            if self._saves:
                self._local = self._open.enter_context(self._partial(LOCAL).open("w", encoding="utf-8"))
        except OSError as error:
            raise MonitorError(f"cannot write to {str(self._folder)!r}: {error.strerror}") from None
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        is_empty = self._local is not None and not self._local.tell()
        self._open.close()
        for name in (LOCAL, BASELINE):
            partial = self._partial(name)
            if kind or (name == LOCAL and is_empty):
                partial.unlink(missing_ok=True)
            elif partial.exists():
                partial.replace(self._folder / name)

    def write(self, values: np.ndarray) -> None:
        """Add the values of some rows, shape (rows, features, outputs)."""
        if not self._local:
            return
        if not self._local.tell():
            names = [f"{name}_label{output}" for output in range(values.shape[2]) for name in self._features]
            csv.writer(self._local, lineterminator="\n").writerow(names)
        across = np.moveaxis(values, 2, 1).reshape(len(values), -1)
        self._local.writelines(",".join(map(repr, row)) + "\n" for row in across.tolist())

    def _partial(self, name: str) -> Path:
        return self._folder / f".{name}.partial"
