"""Handling many rows at once gives the same result as handling them one by one, for any rows."""

from __future__ import annotations

import io
import random
from dataclasses import replace

from local_sagemaker.batch_transform.data_processing import DataProcessing
from local_sagemaker.batch_transform.plain_rows import PlainRows, without_empty_lines
from local_sagemaker.batch_transform.records import RecordError
from local_sagemaker.batch_transform.transform import Settings

import pytest


def settings(input_filter, output_filter, limit):
    filters = {"InputFilter": input_filter, "OutputFilter": output_filter, "JoinSource": "Input"}
    processing = DataProcessing.of(
        {
            "TransformInput": {"ContentType": "text/csv", "SplitType": "Line"},
            "TransformOutput": {"Accept": "text/csv", "AssembleWith": "Line"},
            "DataProcessing": {name: value for name, value in filters.items() if value},
        }
    )
    return Settings("text/csv", "text/csv", "None", True, True, False, limit, 1, processing, PlainRows.of(processing))


def transform_rows(settings, content, answer):
    """Return what is written of a file and what is sent of it; or the error message."""
    sent, outputs = [], []
    try:
        for payload in settings.payloads(io.BytesIO(content)):
            sent.append(payload.body)
            outputs.append(settings.assemble(payload, answer(payload.body)))
    except RecordError as error:
        return str(error)
    return b"".join(outputs), without_empty_lines(b"\n".join(sent))


def make_server(seed):
    """Return a function that answers each row that it gets with a value derived from the row."""

    def answer(body):
        rows = [row for row in body.split(b"\n") if row.rstrip(b"\r")]
        if seed % 7 == 0:
            rows = rows[:-1]
        end = b"\r\n" if seed % 3 == 0 else b"\n"
        cells = [b"%d,%d" % (len(row), seed) if seed % 5 == 0 else b"%d" % len(row) for row in map(bytes.rstrip, rows)]
        return end.join(cells) + (end if seed % 2 else b"")

    return answer


def random_rows(source):
    """Return some rows; some have quotes, too few cells, empty cells or lines, or other line ends."""
    cells = (
        ["1", "2.5", "", "abc", "\u00e9", '"a,b"', '"'] if source.random() < 0.3 else ["1", "2.5", "", "abc", "\u00e9"]
    )
    width = source.choice([1, 2, 3, 5])
    rows = [
        ",".join(source.choice(cells) for _ in range(width if source.random() < 0.97 else source.randrange(1, 4)))
        for _ in range(source.randrange(1, 30))
    ]
    text = source.choice(["\n", "\n", "\r\n", "\n\n"]).join(rows)
    text = text if text.strip() else "1,2,3"
    return (text + source.choice(["", "\n", "\n\n"])).encode()


@pytest.mark.parametrize("limit", [40, 200, None])
@pytest.mark.parametrize(
    ("input_filter", "output_filter"),
    [
        ("$[1:]", "$[0,-1]"),
        ("$[2:]", "$[0,1,-1]"),
        (None, "$[0,-1]"),
        ("$[1:]", None),
        (None, None),
        ("$[0:]", "$[-1]"),
    ],
)
def test_outputs_and_errors_equal_those_of_single_rows(input_filter, output_filter, limit):
    quick = settings(input_filter, output_filter, limit)
    slow = replace(quick, plain=None)
    source, plain = random.Random(0), 0

    for seed in range(300):
        rows = random_rows(source)
        result, expected = (transform_rows(s, rows, make_server(seed)) for s in (quick, slow))
        plain += isinstance(result, tuple) and bool(result[0])
        if isinstance(expected, tuple) or isinstance(result, tuple):
            assert result == expected, (seed, rows)
    assert plain > 30


@pytest.mark.parametrize(
    ("input_filter", "output_filter", "is_plain"),
    [
        ("$[1:]", "$[0,-1]", True),
        ("$[1:]", "$", True),
        ("$[1:3]", "$[0,-1]", False),
        ("$[-2:]", "$[0,-1]", False),
        ("$[1:]", "$[1,-1]", False),
        ("$[1:]", "$[-1]", False),
        ("$[2:]", "$[0,1,-1]", False),
        ("$[1,2]", "$[0,-1]", False),
    ],
)
def test_only_filters_of_the_first_cell_are_plain(input_filter, output_filter, is_plain):
    assert (settings(input_filter, output_filter, None).plain is not None) is is_plain
