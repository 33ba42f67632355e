"""Accumulate the statistics of all columns of a dataset while its rows are read."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from model_monitor.accumulators.column import Column
from model_monitor.tables.chunk import Chunk


class Profile:
    """The accumulators of all columns, in the order in which the columns first occurred.

    ``domains`` are the values that a baseline allows, by column.
    """

    def __init__(self, domains: Mapping[str, Collection[str]] | None = None):
        self.columns: dict[str, Column] = {}
        self.rows = 0
        self._domains = domains or {}

    def update(self, chunks: Iterable[Chunk], one_by_one: bool, threads: int = 1) -> None:
        """Add chunks of rows.

        Args:
            chunks: the chunks, in the order of the dataset.
            one_by_one: see ``Moments.update``.
            threads: how many columns to work on at once; each column's rows stay in their order.
        """
        with ThreadPoolExecutor(threads) as pool:
            apply = pool.map if threads > 1 else map
            for chunk in chunks:
                for name in chunk.columns:
                    self._column(name)
                list(apply(partial(self._update_column, chunk, one_by_one), self.columns))
                self.rows += chunk.rows

    def merge(self, later: Profile) -> None:
        """Add the profile of rows that follow."""
        for name in {**self.columns, **later.columns}:
            column = self._column(name)
            if name in later.columns:
                column.merge(later.columns[name])
            else:
                column.skip(later.rows)
        self.rows += later.rows

    def sort(self) -> None:
        """Order the columns by their names."""
        self.columns = dict(sorted(self.columns.items()))

    def _column(self, name: str) -> Column:
        """Return a column's accumulator; if the column is new, it counts as missing in all rows so far."""
        if name not in self.columns:
            self.columns[name] = Column(name, self._domains.get(name))
            self.columns[name].skip(self.rows)
        return self.columns[name]

    def _update_column(self, chunk: Chunk, one_by_one: bool, name: str) -> None:
        if name in chunk.columns:
            self.columns[name].update(chunk.columns[name], chunk.place, one_by_one)
        else:
            self.columns[name].skip(chunk.rows)
