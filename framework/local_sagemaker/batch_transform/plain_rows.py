"""Filters and joins many CSV rows at once, if the first cell is an id that is not sent to the model.

It handles InputFilter ``$[1:]`` or none, JoinSource Input, OutputFilter ``$[0,-1]`` or none. ``data_processing``
handles rows with quotes, other filters and mistakes; it works row by row and reports what is wrong.
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
    """The filters of plain rows.

    ``drops_id``: rows are sent without their first cell. ``writes_id_only``: of a row, only the first cell is written.
    """

    drops_id: bool
    writes_id_only: bool

    @classmethod
    def of(cls, processing: DataProcessing | None) -> PlainRows | None:
        """Return the fast form of a job's filters, or None if they are not of this kind."""
        if processing is None or not processing.joins or processing.identifies:
            return None
        is_csv = isinstance(processing.format, Csv) and isinstance(processing.prediction_format, Csv)
        is_plain = processing.input in ((), WITHOUT_FIRST) and processing.output in ((), FIRST_AND_LAST)
        return cls(bool(processing.input), bool(processing.output)) if is_csv and is_plain else None

    def prepare(self, rows: bytes) -> tuple[bytes, list[bytes]] | None:
        """Return what is sent of rows (without empty lines), and what is written of each; None if rows are not
        plain.
        """
        if b'"' in rows:
            return None
        lines, ids, remainders = rows.split(b"\n")[:-1], [], []
        for line in lines:
            identifier, _, remainder = line.partition(b",")
            ids.append(identifier)
            remainders.append(remainder)
        if self.drops_id and not all(remainders):
            return None
        return b"\n".join([*remainders, b""]) if self.drops_id else rows, ids if self.writes_id_only else lines

    def combine(self, heads: list[bytes], answer: bytes) -> bytes | None:
        """Return what is written for rows and their predictions; None if a prediction is not plain."""
        if b'"' in answer or (self.writes_id_only and b"," in answer):
            return None
        predictions = without_empty_lines(answer).split(b"\n")[:-1]
        if len(predictions) != len(heads):
            return None
        return b"\n".join([*map(b",".join, zip(heads, predictions, strict=True)), b""])


def without_empty_lines(text: bytes) -> bytes:
    """Return the lines that are not empty, each ended by a line feed."""
    if b"\r" in text or b"\n\n" in text or text.startswith(b"\n"):
        text = _LINES_END.sub(b"\n", text).lstrip(b"\n")
    if text and not text.endswith(b"\n"):
        text = text.rstrip(b"\r")
    return text if text.endswith(b"\n") or not text else text + b"\n"
