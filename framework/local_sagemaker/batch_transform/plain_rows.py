"""Filters and joins of many CSV rows at once, where the first cell is an id that goes past the model.

InputFilter ``$[1:]`` or none, JoinSource Input, OutputFilter ``$[0,-1]`` or none. Rows with quotes, other filters and
whatever does not fit are left to ``data_processing``, which takes row by row and says what is wrong.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from local_sagemaker.batch_transform.data_processing import Csv, DataProcessing
from local_sagemaker.batch_transform.json_path import Path, Slice, Step

WITHOUT_FIRST: Path = (Step("items", (Slice(1, None),)),)
FIRST_AND_LAST: Path = (Step("items", (0, -1)),)
_LINES_END = re.compile(rb"\r*\n[\r\n]*")


@dataclass(frozen=True)
class PlainRows:
    """``drops``: the first cell is not sent. ``keeps``: of the row, the first cell alone is written."""

    drops: bool
    keeps: bool

    @classmethod
    def of(cls, processing: DataProcessing | None) -> PlainRows | None:
        """What a job's filters are, where they are of this kind."""
        if processing is None or not processing.joins or processing.identifies:
            return None
        is_csv = isinstance(processing.format, Csv) and isinstance(processing.answers, Csv)
        is_plain = processing.input in ((), WITHOUT_FIRST) and processing.output in ((), FIRST_AND_LAST)
        return cls(bool(processing.input), bool(processing.output)) if is_csv and is_plain else None

    def before(self, rows: bytes) -> tuple[bytes, list[bytes]] | None:
        """What is sent of rows (without empty lines), and what of each is written; None where one is not plain."""
        if b'"' in rows:
            return None
        lines, ids, rests = rows.split(b"\n")[:-1], [], []
        for line in lines:
            identifier, _, rest = line.partition(b",")
            ids.append(identifier)
            rests.append(rest)
        if self.drops and not all(rests):
            return None
        return b"\n".join([*rests, b""]) if self.drops else rows, ids if self.keeps else lines

    def after(self, heads: list[bytes], answer: bytes) -> bytes | None:
        """What is written of rows and their predictions; None where one of these is not plain."""
        if b'"' in answer or (self.keeps and b"," in answer):
            return None
        predictions = without_empty_lines(answer).split(b"\n")[:-1]
        if len(predictions) != len(heads):
            return None
        return b"\n".join([*map(b",".join, zip(heads, predictions, strict=True)), b""])


def without_empty_lines(text: bytes) -> bytes:
    """Lines that hold something, each ended by a line feed."""
    if b"\r" in text or b"\n\n" in text or text.startswith(b"\n"):
        text = _LINES_END.sub(b"\n", text).lstrip(b"\n")
    if text and not text.endswith(b"\n"):
        text = text.rstrip(b"\r")
    return text if text.endswith(b"\n") or not text else text + b"\n"
