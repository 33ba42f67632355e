"""Tables that sort: a click on a column's name."""

from __future__ import annotations

from functools import cache
from typing import Any

import itables
import pandas as pd
from IPython.display import display

ROWS = 15  # of a page


def show(rows: Any) -> None:
    """A data frame, or whatever makes one, as a table that sorts and can be searched, with no network."""
    _once()
    frame = rows if isinstance(rows, pd.DataFrame) else pd.DataFrame(rows)
    frame = frame.rename(columns=str)
    html = itables.to_html_datatable(frame, connected=False, pageLength=ROWS, showIndex=False)
    display({"text/html": html, "text/plain": frame.to_string(index=False)}, raw=True)


@cache
def _once() -> None:
    """The tables' program goes into the notebook itself, once."""
    itables.init_notebook_mode(all_interactive=False, connected=False)
