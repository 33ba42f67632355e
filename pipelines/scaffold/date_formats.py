"""Recognise the format of a column of dates."""

from __future__ import annotations

from pipelines.scripts.dates import parse

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

#: Formats of ``strptime``. If two of them fit all cells, the first is used: month before day, as in most public data.
FORMATS = (
    *("%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"),
    *("%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%dT%H:%M:%S.%fZ", "%Y-%m-%d %H:%M:%S%z", "%Y-%m-%dT%H:%M:%S%z"),
    *("%Y/%m/%d", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%m/%d/%Y", "%d/%m/%Y", "%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M"),
    *("%m/%d/%Y %H:%M:%S", "%d/%m/%Y %H:%M:%S", "%m/%d/%y", "%d/%m/%y", "%m-%d-%Y", "%d-%m-%Y", "%d.%m.%Y"),
    *("%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S", "%d %b %Y", "%b %d %Y", "%b %d, %Y", "%d-%b-%Y", "%d-%b-%y"),
    *("%Y-%m", "%b %Y"),
)
#: Anything else is not a date in one of these formats.
DATE_CHARACTERS = r"^[A-Za-z0-9 ,./:+-]{6,32}$"
MAX_FIRST_CELLS = 50  # these cells exclude most formats before all cells are parsed


def matching_formats(formats: list[str] | None, values: pa.Array) -> list[str] | None:
    """Return the formats that fit these values too; None if there were no values yet.

    Args:
        formats: those that fit the values before; None if there were none yet.
        values: distinct, none missing.
    """
    if formats == [] or not len(values):
        return formats
    if not pc.all(pc.match_substring_regex(values, DATE_CHARACTERS)).as_py():
        return []
    first = values.slice(0, MAX_FIRST_CELLS).to_pandas()
    candidates = [candidate for candidate in (FORMATS if formats is None else formats) if _fits(first, candidate)]
    cells = values.to_pandas() if candidates else first
    return [candidate for candidate in candidates if _fits(cells, candidate)]


def _fits(cells: pd.Series, date_format: str) -> bool:
    return bool(parse(cells, date_format).notna().all())
