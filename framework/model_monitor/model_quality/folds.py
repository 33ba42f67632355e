"""Draw five random samples of 80 % of the rows, for the metrics' standard deviations; each row is in four samples.

AWS draws each of its five samples of 80 % independently (https://docs.aws.amazon.com/sagemaker/latest/dg/
model-monitor-model-quality-metrics.html), so its deviations change with every run. Here each row is put into one of
five folds at random, and each sample omits one fold: no row is processed twice, and the expected deviation is the same.
The divisor of a deviation is the number of samples. The seed is fixed, so the same data give the same deviations.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

FOLDS = tuple(range(5))
#: With fewer rows there are no deviations.
MIN_ROWS = 200
_SEED = 0
Metrics = Mapping[str, float | None]


class FoldGenerator:
    """A generator that assigns each row of one partition to a fold."""

    def __init__(self, partition: int):
        self._random = np.random.default_rng([_SEED, partition])

    def __call__(self, rows: int) -> np.ndarray:
        """Return the fold of each row, of shape (rows,), from 0 to 4."""
        return self._random.integers(0, len(FOLDS), rows, np.uint8)


def deviations(metrics: Callable[[Sequence[int]], Metrics], rows: int) -> Metrics:
    """Return each metric's standard deviation over the samples.

    NaN if there are too few rows, or if the metric is not defined for a sample.

    Args:
        metrics: returns the metrics of the rows in some of the folds.
        rows: the total number of rows.
    """
    if rows < MIN_ROWS:
        return dict.fromkeys(metrics(FOLDS), float("nan"))
    samples = [metrics([fold for fold in FOLDS if fold != omitted]) for omitted in FOLDS]
    return {name: _deviation([sample[name] for sample in samples]) for name in samples[0]}


def _deviation(values: Sequence[float | None]) -> float:
    defined = [value for value in values if value is not None]
    return float(np.std(defined)) if len(defined) == len(values) else float("nan")
