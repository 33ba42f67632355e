"""Turn the cells of a header into unique column names that every later step accepts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import count

#: Characters that would have to be quoted in CSV, which not every reader of a header supports.
_UNSAFE_CHARACTERS = re.compile(r'[,"\r\n\t]+')


def clean(cells: Sequence[str]) -> list[str]:
    """Return one unique name for each cell; the same header always gives the same names.

    Surrounding spaces are stripped; commas, quotes and line breaks become spaces. A column without a name is called by
    its number, such as ``column_3``; the second column with a name becomes ``name_2``.
    """
    candidates = [
        re.sub(r" {2,}", " ", _UNSAFE_CHARACTERS.sub(" ", cell)).strip() or f"column_{n}"
        for n, cell in enumerate(cells, 1)
    ]
    names: list[str] = []
    for number, name in enumerate(candidates, 1):
        used_names = {*names, *candidates[number:]} if name in names else set[str]()
        names.append(next(unique for unique in _numbered_names(name) if unique not in used_names))
    return names


def _numbered_names(name: str) -> Iterator[str]:
    yield name
    yield from (f"{name}_{number}" for number in count(2))
