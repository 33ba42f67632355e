"""In which form a column's dates are written."""

from __future__ import annotations

from pipelines.scripts.dates import parsed

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

#: Of two forms that fit all cells the first one is taken: a month comes before its day, as in most public data.
FORMS = (
    *("%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"),
    *("%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%dT%H:%M:%S.%fZ", "%Y-%m-%d %H:%M:%S%z", "%Y-%m-%dT%H:%M:%S%z"),
    *("%Y/%m/%d", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%m/%d/%Y", "%d/%m/%Y", "%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M"),
    *("%m/%d/%Y %H:%M:%S", "%d/%m/%Y %H:%M:%S", "%m/%d/%y", "%d/%m/%y", "%m-%d-%Y", "%d-%m-%Y", "%d.%m.%Y"),
    *("%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S", "%d %b %Y", "%b %d %Y", "%b %d, %Y", "%d-%b-%Y", "%d-%b-%y"),
    *("%Y-%m", "%b %Y"),
)
#: A date is no sentence.
LIKE_DATE = r"^[A-Za-z0-9 ,./:+-]{6,32}$"
FIRST = 50  # cells by which most forms are ruled out


def still_possible(forms: list[str] | None, kinds: pa.Array) -> list[str]:
    """The forms that fit these cells, too.

    Args:
        forms: those that fit the cells before; None before there were any.
        kinds: the distinct cells, those that are there.
    """
    if forms == [] or not len(kinds):
        return forms or []
    if not pc.all(pc.match_substring_regex(kinds, LIKE_DATE)).as_py():
        return []
    first = kinds.slice(0, FIRST).to_pandas()
    some = [form for form in (FORMS if forms is None else forms) if _fits(first, form)]
    cells = kinds.to_pandas() if some else first
    return [form for form in some if _fits(cells, form)]


def _fits(cells: pd.Series, form: str) -> bool:
    return bool(parsed(cells, form).notna().all())
