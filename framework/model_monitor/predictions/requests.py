"""Writes rows as the bodies of requests: CSV, JSON lines or JSON; the latter two follow templates.

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

#: An endpoint accepts 6 MB at most.
MAX_BYTES = 5 << 20
_PLACEHOLDER = re.compile(r'"\$\{([^}]*)\}"|\$(features_kvp|feature_names|features)\b')
_NEEDS_QUOTES = r'[",\r\n]'


@dataclass(frozen=True)
class Requests:
    """Describes how rows become bodies.

    ``record`` is the pattern of one row: literals, and numbers of columns. ``before``, ``between`` and ``after`` are
    the text around the records. ``single`` says whether each record is sent in its own request.
    """

    content_type: str
    record: Sequence[str | int]
    between: str
    before: str = ""
    after: str = ""
    single: bool = False

    @classmethod
    def of(cls, predictor: Mapping[str, Any], dataset_type: str, names: Sequence[str]) -> Requests:
        """Return the request format of a configuration's predictor.

        Raises:
            MonitorError: a template is missing, or has no placeholder for the features.
        """
        content_type = predictor.get("content_type") or (dataset_type if dataset_type in _FACTORIES else CSV)
        return _FACTORIES[content_type](predictor, names)

    def bodies(self, rows: Rows) -> Iterator[tuple[bytes, int]]:
        """Yield each body with the number of its rows."""
        if self.single and len(rows) > 1:
            for row in range(len(rows)):
                yield self._body(rows.slice(row, row + 1)), 1
            return
        body = self._body(rows)
        if len(body) <= MAX_BYTES or len(rows) < 2:
            yield body, len(rows)
            return
        middle = len(rows) // 2
        yield from self.bodies(rows.slice(0, middle))
        yield from self.bodies(rows.slice(middle, len(rows)))

    def _body(self, rows: Rows) -> bytes:
        write = _csv_cells if self.content_type == CSV else _json_cells
        text_rows = Rows(rows.codes, [write(cells) for cells in rows.cells])
        parts = [text_rows.column(part) if isinstance(part, int) else pa.scalar(part) for part in self.record]
        records = pc.binary_join_element_wise(*parts, pa.scalar(self.between), "")
        text = pa.concat_arrays([records]).buffers()[2].to_pybytes() if len(rows) else b""
        size = sum(pc.binary_length(records).to_pylist()) if len(rows) else 0
        between = len(self.between.encode()) if self.between != "\n" else 0
        return self.before.encode() + text[: size - between] + self.after.encode()


def _csv_requests(predictor: Mapping[str, Any], names: Sequence[str]) -> Requests:
    return Requests(CSV, _separate_by_commas(range(len(names))), "\n")


def _json_lines_requests(predictor: Mapping[str, Any], names: Sequence[str]) -> Requests:
    record = _record(_template(predictor, "content_template", "$features"), names)
    return Requests(JSON_LINES, record, "\n")


def _json_requests(predictor: Mapping[str, Any], names: Sequence[str]) -> Requests:
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


_FACTORIES: dict[str, Callable[[Mapping[str, Any], Sequence[str]], Requests]] = {
    CSV: _csv_requests,
    JSON_LINES: _json_lines_requests,
    JSON: _json_requests,
}


def _template(predictor: Mapping[str, Any], name: str, placeholder: str) -> str:
    template = str(predictor.get(name) or "")
    if placeholder not in template:
        raise MonitorError(f"predictor.{name} must have the placeholder {placeholder}; it is {template!r}")
    return template


def _record(template: str, names: Sequence[str]) -> list[str | int]:
    """Split a template into literals and numbers of columns."""
    parts: list[str | int] = []
    end = 0
    for match in _PLACEHOLDER.finditer(template):
        parts += [template[end : match.start()], *_expand(match[1], match[2], names)]
        end = match.end()
    if not end:
        raise MonitorError(f"the template {template!r} has no placeholder for the features")
    return [part for part in [*parts, template[end:]] if part != ""]


def _expand(column: str | None, placeholder: str | None, names: Sequence[str]) -> list[str | int]:
    if column is not None:
        if column not in names:
            raise MonitorError(f"record_template names {column!r}, which is not a feature ({', '.join(names[:20])})")
        return [list(names).index(column)]
    if placeholder == "feature_names":
        return [json.dumps(list(names))]
    if placeholder == "features":
        return ["[", *_separate_by_commas(range(len(names))), "]"]
    pairs: list[str | int] = []
    for number, name in enumerate(names):
        pairs += [f"{',' if number else ''}{json.dumps(name)}:", number]
    return ["{", *pairs, "}"]


def _separate_by_commas(numbers: Sequence[int]) -> list[str | int]:
    parts: list[str | int] = []
    for number in numbers:
        parts += [",", number] if parts else [number]
    return parts


def _csv_cells(cells: pa.Array) -> pa.Array:
    """Return cells as they are written in a row: quoted if necessary, empty if missing."""
    quoted = pc.binary_join_element_wise('"', pc.replace_substring(cells, '"', '""'), '"', "")
    return pc.if_else(pc.match_substring_regex(cells, _NEEDS_QUOTES), quoted, cells).fill_null("")


def _json_cells(cells: pa.Array) -> pa.Array:
    """Return cells as JSON: numbers unchanged, null for a missing cell, any other as a string."""
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
