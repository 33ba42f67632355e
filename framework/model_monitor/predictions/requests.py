"""Rows as the bodies of requests: CSV, JSON lines or JSON, the latter two by templates.

https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-processing-job-data-format-tabular-request.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from model_monitor.monitor_error import MonitorError
from model_monitor.predictions.media_types import CSV, JSON, JSON_LINES
from model_monitor.predictions.rows import Rows

import pyarrow as pa
import pyarrow.compute as pc

#: An endpoint takes 6 MB at most.
MAX_BYTES = 5 << 20
_PLACEHOLDER = re.compile(r'"\$\{([^}]*)\}"|\$(features_kvp|feature_names|features)\b')
_NEEDS_QUOTES = r'[",\r\n]'


@dataclass(frozen=True)
class Requests:
    """How rows become bodies.

    ``record`` is what one row is written as: literals, and numbers of columns. ``before``, ``between`` and ``after``
    are what stands around the records. ``single`` says whether each has a request of its own.
    """

    content_type: str
    record: Sequence[str | int]
    between: str
    before: str = ""
    after: str = ""
    single: bool = False

    @classmethod
    def of(cls, predictor: Mapping[str, Any], dataset_type: str, names: Sequence[str]) -> Requests:
        """Those of a configuration's predictor.

        Raises:
            MonitorError: a template is missing, or has no place for the features.
        """
        kind = predictor.get("content_type") or (dataset_type if dataset_type in _OF else CSV)
        return _OF[kind](predictor, names)

    def bodies(self, rows: Rows) -> Iterator[tuple[bytes, int]]:
        """Each body, with the number of its rows."""
        if self.single and len(rows) > 1:
            for row in range(len(rows)):
                yield self._body(rows.some(row, row + 1)), 1
            return
        body = self._body(rows)
        if len(body) <= MAX_BYTES or len(rows) < 2:
            yield body, len(rows)
            return
        middle = len(rows) // 2
        yield from self.bodies(rows.some(0, middle))
        yield from self.bodies(rows.some(middle, len(rows)))

    def _body(self, rows: Rows) -> bytes:
        write = _csv_cells if self.content_type == CSV else _json_cells
        written = Rows(rows.codes, [write(cells) for cells in rows.cells])
        parts = [written.column(part) if isinstance(part, int) else pa.scalar(part) for part in self.record]
        records = pc.binary_join_element_wise(*parts, pa.scalar(self.between), "")
        text = pa.concat_arrays([records]).buffers()[2].to_pybytes() if len(rows) else b""
        size = sum(pc.binary_length(records).to_pylist()) if len(rows) else 0
        between = len(self.between.encode()) if self.between != "\n" else 0
        return self.before.encode() + text[: size - between] + self.after.encode()


def _csv(predictor: Mapping[str, Any], names: Sequence[str]) -> Requests:
    return Requests(CSV, _joined(range(len(names))), "\n")


def _json_lines(predictor: Mapping[str, Any], names: Sequence[str]) -> Requests:
    record = _record(_template(predictor, "content_template", "$features"), names)
    return Requests(JSON_LINES, record, "\n")


def _json(predictor: Mapping[str, Any], names: Sequence[str]) -> Requests:
    template = _template(predictor, "content_template", "$record")
    single = "$records" not in template
    before, after = template.split("$record" if single else "$records", 1)
    record = _record(_template(predictor, "record_template", "$"), names)
    return Requests(
        JSON,
        record,
        "" if single else ",",
        before if single else f"{before}[",
        after if single else f"]{after}",
        single,
    )


_OF: dict[str, Callable[[Mapping[str, Any], Sequence[str]], Requests]] = {
    CSV: _csv,
    JSON_LINES: _json_lines,
    JSON: _json,
}


def _template(predictor: Mapping[str, Any], name: str, needed: str) -> str:
    template = str(predictor.get(name) or "")
    if needed not in template:
        raise MonitorError(f"predictor.{name} must have the placeholder {needed}; it is {template!r}")
    return template


def _record(template: str, names: Sequence[str]) -> list[str | int]:
    """A template's literals and columns."""
    parts: list[str | int] = []
    end = 0
    for found in _PLACEHOLDER.finditer(template):
        parts += [template[end : found.start()], *_expanded(found[1], found[2], names)]
        end = found.end()
    if not end:
        raise MonitorError(f"the template {template!r} has no placeholder for the features")
    return [part for part in [*parts, template[end:]] if part != ""]


def _expanded(column: str | None, placeholder: str | None, names: Sequence[str]) -> list[str | int]:
    if column is not None:
        if column not in names:
            raise MonitorError(f"record_template names {column!r}, which is no feature ({', '.join(names[:20])})")
        return [list(names).index(column)]
    if placeholder == "feature_names":
        return [json.dumps(list(names))]
    if placeholder == "features":
        return ["[", *_joined(range(len(names))), "]"]
    pairs: list[str | int] = []
    for number, name in enumerate(names):
        pairs += [f"{',' if number else ''}{json.dumps(name)}:", number]
    return ["{", *pairs, "}"]


def _joined(numbers: Sequence[int]) -> list[str | int]:
    parts: list[str | int] = []
    for number in numbers:
        parts += [",", number] if parts else [number]
    return parts


def _csv_cells(cells: pa.Array) -> pa.Array:
    """As they stand in a row: quoted where that is needed, empty where missing."""
    quoted = pc.binary_join_element_wise('"', pc.replace_substring(cells, '"', '""'), '"', "")
    return pc.if_else(pc.match_substring_regex(cells, _NEEDS_QUOTES), quoted, cells).fill_null("")


def _json_cells(cells: pa.Array) -> pa.Array:
    """Numbers as they are, null where a cell is missing, anything else as text."""
    return pa.array([_json_cell(cell) for cell in cells.to_pylist()], pa.string())


def _json_cell(cell: str | None) -> str:
    if cell is None:
        return "null"
    try:
        value = json.loads(cell)
    except (ValueError, RecursionError):
        return json.dumps(cell, ensure_ascii=False)
    is_number = isinstance(value, int | float) and value == value and abs(value) != float("inf")
    return cell.strip() if is_number else json.dumps(cell, ensure_ascii=False)
