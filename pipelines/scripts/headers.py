"""Turn the cells of a header into unique column names that every later step accepts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import count

#: Characters that would have to be quoted in CSV, which not every reader of a header supports.
_ODD = re.compile(r'[,"\r\n\t]+')


def clean(cells: Sequence[str]) -> list[str]:
    """Return one unique name for each cell; the same header always gives the same names.

    Surrounding spaces are stripped; commas, quotes and line breaks become spaces. A column without a name becomes
    ``column_3``, after its number; the second column of a name becomes ``name_2``.
    """
    wanted = [re.sub(r" {2,}", " ", _ODD.sub(" ", cell)).strip() or f"column_{n}" for n, cell in enumerate(cells, 1)]
    names: list[str] = []
    for number, name in enumerate(wanted, 1):
        taken = {*names, *wanted[number:]} if name in names else set[str]()
        names.append(next(one for one in _numbered(name) if one not in taken))
    return names


def _numbered(name: str) -> Iterator[str]:
    yield name
    yield from (f"{name}_{number}" for number in count(2))
