"""How much better a model is than one that looks at no column."""

from __future__ import annotations

from typing import Any

from pipelines.scripts.container import InputError


def skill(error: float, naive_error: float, metric: str) -> dict[str, Any]:
    """By which share the model's error is smaller than that of the naive prediction: 1 is perfect, 0 is no better.

    Murphy (1988), doi 10.1175/1520-0493(1988)116<2417:SSBOTM>2.0.CO;2.

    Raises:
        InputError: the naive prediction makes no error, so nothing can be said.
    """
    if not naive_error:
        raise InputError("the label is the same in all rows of the test set: no model can be better than naive there")
    return {"value": 1 - error / naive_error, "metric": metric}
