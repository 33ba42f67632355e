"""Turn dates into numeric features."""

from __future__ import annotations

from pipelines.scripts.container import InputError

import numpy as np
import pandas as pd

_DAY, _HOUR = ("year", "month", "weekday", "days"), ("hour",)


def date_parts(date_format: str) -> tuple[str, ...]:
    """Return the features of a date: year, month, weekday (0 is Monday), days since 1970; hour if the format has it.

    Args:
        date_format: of ``strptime``.
    """
    return _DAY + _HOUR if "%H" in date_format else _DAY


def parse(cells: pd.Series, date_format: str) -> pd.Series:
    """Return the cells as timestamps; NaT if a cell is missing or does not have the format."""
    return pd.to_datetime(cells, format=date_format, errors="coerce", utc=True)


def date_features(cells: pd.Series, date_format: str) -> dict[str, np.ndarray]:
    """Return the parts of each date as floats; NaN if the cell is missing.

    Raises:
        InputError: a cell does not have the format.
    """
    values = cells.astype("category").cat  # each distinct date is parsed once
    times = parse(pd.Series([*values.categories, None], dtype=object), date_format)
    if times[:-1].isna().any():
        malformed = values.categories[times[:-1].isna().to_numpy()][0]
        raise InputError(f"column {cells.name!r}: {str(malformed)[:80]!r} is not a date of the format {date_format}")
    days = (times - pd.Timestamp(0, tz="UTC")).dt.days
    parts = {"year": times.dt.year, "month": times.dt.month, "weekday": times.dt.weekday, "days": days}
    if "%H" in date_format:
        parts["hour"] = times.dt.hour
    return {part: numbers.to_numpy(dtype=float)[values.codes] for part, numbers in parts.items()}
