"""Five random samples of 80 % of the rows, for the standard deviations of metrics: each row is in four of them.

AWS draws five samples of 80 %, each anew (https://docs.aws.amazon.com/sagemaker/latest/dg/
model-monitor-model-quality-metrics.html), and so its deviations are other ones at every run. Here each row is put into
one of five parts at random, and each sample leaves one part out: no row is looked at twice, and the expected deviation
is the same (over the samples, with their number as the divisor). The seed is fixed, so the same data give the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

FOLDS = tuple(range(5))
#: With fewer rows the deviations are not looked at.
MIN_ROWS = 200
_SEED = 0
Metrics = Mapping[str, float | None]


class Draw:
    """Which part each row of one partition of the data belongs to."""

    def __init__(self, partition: int):
        self._random = np.random.default_rng([_SEED, partition])

    def __call__(self, rows: int) -> np.ndarray:
        """Of shape (rows,), from 0 to 4."""
        return self._random.integers(0, len(FOLDS), rows, np.uint8)


def deviations(metrics: Callable[[Sequence[int]], Metrics], rows: int) -> Metrics:
    """Each metric's standard deviation over the samples; NaN where there are too few rows, or where it is not defined.

    Args:
        metrics: of the rows in some of the parts.
        rows: how many there are in all.
    """
    if rows < MIN_ROWS:
        return dict.fromkeys(metrics(FOLDS), float("nan"))
    samples = [metrics([fold for fold in FOLDS if fold != left_out]) for left_out in FOLDS]
    return {name: _deviation([sample[name] for sample in samples]) for name in samples[0]}


def _deviation(values: Sequence[float | None]) -> float:
    found = [value for value in values if value is not None]
    return float(np.std(found)) if len(found) == len(values) else float("nan")
