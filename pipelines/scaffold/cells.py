"""Read a CSV file block by block, with the distinct values of each column: profiling looks at each value once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pipelines.scripts.container import InputError
from pipelines.scripts.csv_layout import CsvLayout, Header
from pipelines.scripts.spelling import MISSING, PLAIN
from pipelines.scripts.tables import explain

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as csv

BLOCK_BYTES = 8 << 20


@dataclass(frozen=True)
class Cells:
    """A block of one column: distinct cells, and for each row the index of its cell.

    Cells that differ by surrounding spaces alone are distinct in ``raw`` and equal in ``values``.
    """

    raw: pa.Array
    indices: np.ndarray

    @cached_property
    def values(self) -> pa.Array:
        """The distinct cells, stripped."""
        return pc.utf8_trim_whitespace(self.raw)

    @cached_property
    def row_counts(self) -> np.ndarray:
        """The number of rows that have each distinct cell."""
        return np.bincount(self.indices, minlength=len(self.raw))

    @cached_property
    def is_present(self) -> np.ndarray:
        """Whether a distinct cell is a value; empty cells, NA and similar markers are missing."""
        return ~pc.is_in(self.values, MISSING).to_numpy(zero_copy_only=False)

    @cached_property
    def is_padded(self) -> np.ndarray:
        """Whether a distinct cell has spaces around it, or consists of them."""
        return pc.not_equal(self.raw, self.values).to_numpy(zero_copy_only=False)

    @cached_property
    def numbers(self) -> np.ndarray:
        """The distinct cells as floats; NaN if a cell is not a plain, finite number."""
        try:
            texts = pc.if_else(pa.array(self.is_present), self.values, None)
            numbers = texts.cast(pa.float64()).to_numpy(zero_copy_only=False)
        except pa.ArrowInvalid:
            plain = pc.if_else(pc.match_substring_regex(self.values, PLAIN), self.values, None)
            numbers = plain.cast(pa.float64()).to_numpy(zero_copy_only=False)
        return np.where(np.isfinite(numbers), numbers, np.nan)

    @cached_property
    def row_numbers(self) -> np.ndarray:
        """The number in each row, of shape (rows,)."""
        return self.numbers[self.indices] if len(self.numbers) else np.empty(0)


def read_blocks(data: Path, names: Sequence[str], header: Header) -> Iterator[dict[str, Cells]]:
    """Yield the columns by name, some thousands of rows at a time.

    Args:
        data: a CSV file with a header.
        names: of all columns, in the file's order.
        header: of the file.

    Raises:
        InputError: the file cannot be read, or has no rows.
    """
    dictionary, rows = pa.dictionary(pa.int32(), pa.string()), 0
    try:
        with csv.open_csv(
            data,
            csv.ReadOptions(column_names=list(names), skip_rows=1 + header.blank_lines, block_size=BLOCK_BYTES),
            csv.ParseOptions(delimiter=header.separator),
            csv.ConvertOptions(column_types=dict.fromkeys(names, dictionary), strings_can_be_null=False),
        ) as batches:
            for batch in batches:
                rows += len(batch)
                columns = zip(names, batch.columns, strict=True)
                yield {name: Cells(column.dictionary, column.indices.to_numpy()) for name, column in columns}
    except pa.ArrowInvalid as error:
        layout = CsvLayout(tuple(names), has_header=True, blank_lines=header.blank_lines)
        raise InputError(explain(data, str(error), layout)) from None
    except (OSError, UnicodeDecodeError) as error:  # a file that is compressed by its name only, or broken
        raise InputError(f"{data.name} cannot be read: {error}") from None
    if not rows:
        raise InputError(f"no rows in {data.name}")
