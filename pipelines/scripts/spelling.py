"""Numbers that are not all written plainly: signs for what is missing, decimal commas, separated thousands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as csv

#: What stands for no value in any column, by itself; a cell of spaces does, too.
MISSING = pa.array(csv.ConvertOptions().null_values)
PLAIN = r"^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$"


@dataclass(frozen=True)
class Spelling:
    """How the cells of a column of numbers are written.

    Args:
        decimal: what stands before the decimals, a point or a comma.
        thousands: what stands between thousands, nothing if empty.
        missing: cells that stand for no value, such as ``?``.
        skip_text: whether any other text stands for no value, too, such as ``2100 - 2850``.
    """

    decimal: str = "."
    thousands: str = ""
    missing: tuple[str, ...] = ()
    skip_text: bool = False

    def numbers(self, cells: pa.Array) -> tuple[pa.Array, int | None]:
        """Read cells as numbers, null where there is none; and the first that is neither, if there is one.

        Args:
            cells: texts, stripped.
        """
        cells = pc.if_else(pc.is_in(cells, pa.array(self.missing, pa.string())), None, cells)
        texts = self._plain(cells)
        found = pc.if_else(is_number := pc.match_substring_regex(texts, PLAIN), texts, None).cast(pa.float64())
        if self.skip_text:
            return found, None
        wrong = pc.index(pc.fill_null(is_number, True), False).as_py()
        return found, None if wrong < 0 else wrong

    def _plain(self, cells: pa.Array) -> pa.Array:
        """Texts with a point before the decimals and nothing between thousands; what is written otherwise is none."""
        if self.thousands:
            written = rf"^[+-]?[0-9]{{1,3}}(?:\{self.thousands}[0-9]{{3}})+(?:\{self.decimal}[0-9]*)?$"
            joined = pc.replace_substring(cells, self.thousands, "")
            cells = pc.if_else(pc.match_substring_regex(cells, written), joined, cells)
        if foreign := self.thousands or ("." if self.decimal != "." else ""):
            cells = pc.if_else(pc.match_substring(cells, foreign), "no number", cells)
        return cells if self.decimal == "." else pc.replace_substring(cells, self.decimal, ".")

    def plain(self, text: str) -> str:
        """One number as Python spells it; what is written otherwise is no number to Python either."""
        if text in self.missing:
            return ""
        (number,), wrong = self.numbers(pa.array([text]))
        return text if wrong is not None else "" if number is None else repr(number.as_py())

    def written(self, number: float) -> str:
        """A number as this spelling has it."""
        return repr(number).replace(".", self.decimal)

    def document(self) -> dict[str, Any]:
        """As JSON; ``Spelling.of`` reads it."""
        return asdict(self) | {"missing": list(self.missing)}

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Spelling:
        """What ``document`` wrote."""
        return cls(**{**document, "missing": tuple(document["missing"])})


def stripped(cells: pa.Array) -> pa.Array:
    """Texts without the spaces around them; what stands for no value is null."""
    texts = pc.utf8_trim_whitespace(cells)
    return pc.if_else(pc.is_in(texts, MISSING), None, texts)
