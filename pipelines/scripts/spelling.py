"""Parse numbers that are not written plainly: markers for missing values, decimal commas, separated thousands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as csv

#: Missing in every column; and the same for a reader that does not strip.
MISSING = pa.array(csv.ConvertOptions().null_values)
NULLS = [*csv.ConvertOptions().null_values, "\t", *(" " * count for count in range(1, 33))]
PLAIN = r"^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$"


@dataclass(frozen=True)
class Spelling:
    """How the numbers of a column are written.

    Args:
        decimal: the decimal separator, a point or a comma.
        thousands: the separator between thousands, if any.
        missing: texts that count as missing, such as ``?``.
        skip_text: whether any other text counts as missing too, such as ``2100 - 2850``.
    """

    decimal: str = "."
    thousands: str = ""
    missing: tuple[str, ...] = ()
    skip_text: bool = False

    def numbers(self, cells: pa.Array) -> tuple[pa.Array, int | None]:
        """Return the cells as numbers, null if missing, and the index of the first that is neither, or None.

        Args:
            cells: stripped strings.
        """
        cells = pc.if_else(pc.is_in(cells, pa.array(self.missing, pa.string())), None, cells)
        texts = self._plain(cells)
        numbers = pc.if_else(is_number := pc.match_substring_regex(texts, PLAIN), texts, None).cast(pa.float64())
        if self.skip_text:
            return numbers, None
        wrong = pc.index(pc.fill_null(is_number, True), False).as_py()
        return numbers, None if wrong < 0 else wrong

    def _plain(self, cells: pa.Array) -> pa.Array:
        """Return the cells with a decimal point and no thousands separator.

        A point that does not group thousands is a decimal point, whatever the spelling: ``2.5`` has no other meaning.
        """
        if self.thousands:
            grouped = rf"^[+-]?[1-9][0-9]{{0,2}}(?:\{self.thousands}[0-9]{{3}})+(?:\{self.decimal}[0-9]*)?$"
            joined = pc.replace_substring(cells, self.thousands, "")
            cells = pc.if_else(pc.match_substring_regex(cells, grouped), joined, cells)
        if self.decimal == ".":
            return cells
        has_both = pc.and_(pc.match_substring(cells, "."), pc.match_substring(cells, self.decimal))
        return pc.if_else(has_both, cells, pc.replace_substring(cells, self.decimal, "."))

    def to_plain(self, text: str) -> str:
        """Return one number as Python writes it, "" if it is missing, and anything else unchanged."""
        numbers, wrong = self.numbers(pa.array([text]))
        (number,) = numbers.to_pylist()
        return text if wrong is not None else "" if number is None else repr(number)

    def format(self, number: float) -> str:
        """Return a number in this spelling."""
        return repr(number).replace(".", self.decimal)

    def document(self) -> dict[str, Any]:
        """Return the spelling as JSON, for ``Spelling.of``."""
        return asdict(self) | {"missing": list(self.missing)}

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Spelling:
        """Return the spelling that ``document`` wrote."""
        return cls(**{**document, "missing": tuple(document["missing"])})


def strip(cells: pa.Array) -> pa.Array:
    """Return the strings without surrounding spaces; missing ones become null."""
    texts = pc.utf8_trim_whitespace(cells)
    return pc.if_else(pc.is_in(texts, MISSING), None, texts)
