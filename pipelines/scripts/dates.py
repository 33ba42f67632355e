"""Dates as numbers that a model can use."""

from __future__ import annotations

from pipelines.scripts.container import InputError

import numpy as np
import pandas as pd

_DAY, _HOUR = ("year", "month", "weekday", "days"), ("hour",)


def parts_of(form: str) -> tuple[str, ...]:
    """What a date in this form is told as: year, month, weekday (0 is Monday), days since 1970, and hour if it has one.

    Args:
        form: of ``strptime``.
    """
    return _DAY + _HOUR if "%H" in form else _DAY


def parsed(cells: pd.Series, form: str) -> pd.Series:
    """The cells as timestamps; NaT where one is missing, or is no such date."""
    return pd.to_datetime(cells, format=form, errors="coerce", utc=True)


def numbers(cells: pd.Series, form: str) -> dict[str, np.ndarray]:
    """The parts of dates, as floats; NaN where a cell is missing.

    Raises:
        InputError: a cell is no date in this form.
    """
    kinds = cells.astype("category").cat  # the same day stands in many rows
    times = parsed(pd.Series([*kinds.categories, None], dtype=object), form)
    if times[:-1].isna().any():
        wrong = kinds.categories[times[:-1].isna().to_numpy()][0]
        raise InputError(f"column {cells.name!r}: {str(wrong)[:80]!r} is no date of the form {form}")
    days = (times - pd.Timestamp(0, tz="UTC")).dt.days
    found = {"year": times.dt.year, "month": times.dt.month, "weekday": times.dt.weekday, "days": days}
    if "%H" in form:
        found["hour"] = times.dt.hour
    return {part: values.to_numpy(dtype=float)[kinds.codes] for part, values in found.items()}
