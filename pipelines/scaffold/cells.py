"""The cells of a file by column, block by block, each distinct cell once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pipelines.scripts.container import InputError
from pipelines.scripts.layout import Layout
from pipelines.scripts.spelling import MISSING, PLAIN
from pipelines.scripts.tables import explained

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as csv

BLOCK_BYTES = 8 << 20


@dataclass(frozen=True)
class Cells:
    """Some rows of a column: ``kinds`` are the distinct cells, ``codes`` say which of them each row has.

    A kind may be there twice, as cells with and without spaces around them are one.
    """

    raw: pa.Array
    codes: np.ndarray

    @cached_property
    def kinds(self) -> pa.Array:
        """Without the spaces around them."""
        return pc.utf8_trim_whitespace(self.raw)

    @cached_property
    def counts(self) -> np.ndarray:
        """How many rows have each."""
        return np.bincount(self.codes, minlength=len(self.raw))

    @cached_property
    def is_present(self) -> np.ndarray:
        """Whether a kind is one, and does not stand for none."""
        return ~pc.is_in(self.kinds, MISSING).to_numpy(zero_copy_only=False)

    @property
    def stripped(self) -> int:
        """How many rows have spaces around their cell, which is not empty."""
        differs = pc.not_equal(self.raw, self.kinds).to_numpy(zero_copy_only=False)
        return int(self.counts[differs & self.is_present].sum())

    @cached_property
    def numbers(self) -> np.ndarray:
        """The kinds as numbers, NaN where one is none."""
        try:
            texts = pc.if_else(pa.array(self.is_present), self.kinds, None)
            return texts.cast(pa.float64()).to_numpy(zero_copy_only=False)
        except pa.ArrowInvalid:
            plain = pc.if_else(pc.match_substring_regex(self.kinds, PLAIN), self.kinds, None)
            return plain.cast(pa.float64()).to_numpy(zero_copy_only=False)

    @cached_property
    def rows_of_numbers(self) -> np.ndarray:
        """The number in each row."""
        return self.numbers[self.codes] if len(self.numbers) else np.empty(0)


def read(data: Path, names: Sequence[str], separator: str) -> Iterator[dict[str, Cells]]:
    """The columns by name, some thousands of rows at a time.

    Args:
        data: a CSV file with a header.
        names: of all columns.
        separator: of the cells.

    Raises:
        InputError: it cannot be read, or has no rows.
    """
    kind, rows = pa.dictionary(pa.int32(), pa.string()), 0
    try:
        with csv.open_csv(
            data,
            csv.ReadOptions(column_names=list(names), skip_rows=1, block_size=BLOCK_BYTES),
            csv.ParseOptions(delimiter=separator),
            csv.ConvertOptions(column_types=dict.fromkeys(names, kind), strings_can_be_null=False),
        ) as batches:
            for batch in batches:
                rows += len(batch)
                columns = zip(names, batch.columns, strict=True)
                yield {name: Cells(column.dictionary, column.indices.to_numpy()) for name, column in columns}
    except pa.ArrowInvalid as error:
        raise InputError(explained(data, str(error), Layout(tuple(names), has_header=True))) from None
    except (OSError, UnicodeDecodeError) as error:  # a file that is compressed by its name only, or broken
        raise InputError(f"{data.name} cannot be read: {error}") from None
    if not rows:
        raise InputError(f"no rows in {data.name}")
