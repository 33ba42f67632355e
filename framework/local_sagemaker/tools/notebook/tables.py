"""Shows tables that are sorted by a click on a column's name."""

from __future__ import annotations

from functools import cache
from typing import Any

import itables
import pandas as pd
from IPython.display import display

ROWS_PER_PAGE = 15


def show(rows: Any) -> None:
    """Show rows (a data frame, or anything that makes one) as a table to sort and search, which needs no network."""
    _load_program()
    frame = rows if isinstance(rows, pd.DataFrame) else pd.DataFrame(rows)
    frame = frame.rename(columns=str)
    html = itables.to_html_datatable(frame, connected=False, pageLength=ROWS_PER_PAGE, showIndex=False)
    display({"text/html": html, "text/plain": frame.to_string(index=False)}, raw=True)


@cache
def _load_program() -> None:
    """Put the tables' JavaScript into the notebook itself, once."""
    itables.init_notebook_mode(all_interactive=False, connected=False)
