"""The names of a file's columns: those in its header, made such that every later step can take them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import count

#: What may not stand in a name: it would have to be quoted in CSV, which not every reader of a header understands.
_ODD = re.compile(r'[,"\r\n\t]+')


def clean(cells: Sequence[str]) -> list[str]:
    """Name the columns of a header, each once; the same header always has the same names.

    Spaces around a name go, a comma, a quote or a line's end within becomes a space. A column without a name is called
    by its number, ``column_3``; the second of two of the same name ``name_2``.
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
