"""Cutting files into requests loses nothing, keeps the size limit, and reports the position of a record that is too
large.
"""

from __future__ import annotations

import io
import random

from local_sagemaker.batch_transform.records import BLOCK_BYTES, RecordError, group_lines, read_blocks, read_whole_file

import pytest


def files(seed):
    """Yield random files of lines, some empty, some without a newline at the end, and a limit."""
    source = random.Random(seed)
    for _ in range(200):
        lines = ["x" * source.choice([0, 1, 3, 10, 40]) for _ in range(source.randrange(60))]
        yield "\n".join(lines).encode() + source.choice([b"", b"\n"]), source.choice([45, 64, 200, None])


def test_blocks_are_the_files_complete_lines():
    for content, limit in files(1):
        payloads = list(read_blocks(io.BytesIO(content), limit))

        assert b"".join(payload.body for payload in payloads) == content
        assert all(payload.body.endswith(b"\n") for payload in payloads[:-1])
        assert limit is None or all(len(payload.body) <= limit for payload in payloads)


def test_a_blocks_first_number_is_that_of_its_first_line():
    for content, limit in files(2):
        number = 1
        for payload in read_blocks(io.BytesIO(content), limit):
            assert payload.first == number
            number += len(payload.body.splitlines())


@pytest.mark.parametrize("single", [False, True])
def test_grouped_records_are_the_files_lines_that_are_not_empty(single):
    for content, limit in files(3):
        expected = [line for line in content.decode().split("\n") if line]

        payloads = list(group_lines(io.BytesIO(content), limit, single, str.upper))

        assert [record for payload in payloads for record in payload.records] == expected
        sent = [line for payload in payloads for line in payload.body.decode().splitlines()]
        assert sent == [line.upper() for line in expected]
        assert not single or all(payload.count == 1 for payload in payloads)
        assert [payload.first for payload in payloads] == [
            1 + sum(p.count for p in payloads[:n]) for n in range(len(payloads))
        ]


def test_a_first_line_beyond_the_limit_is_reported():
    content = b"x" * ((2 << 20) + 5) + b"\na\nb\n"

    with pytest.raises(RecordError, match="record 1 is larger than the 2 MB of a request"):
        list(read_blocks(io.BytesIO(content), 2 << 20))


def test_unicode_line_ends_are_part_of_a_record():
    content = "a\u2028b,1\r\n\x0cc,2\n".encode()

    (payload,) = read_blocks(io.BytesIO(content), None)

    assert payload.records == ("a\u2028b,1", "\x0cc,2")


def test_a_line_longer_than_a_block_is_one_record():
    content = b"a\n" + b"x" * (2 * BLOCK_BYTES) + b"\nb\n"

    assert b"".join(p.body for p in read_blocks(io.BytesIO(content), 3 * BLOCK_BYTES)) == content


@pytest.mark.parametrize(
    ("cut", "message"),
    [
        (lambda file, limit: list(read_blocks(file, limit)), "record 2 is larger than the 1 MB of a request"),
        (
            lambda file, limit: list(group_lines(file, limit, False, str)),
            "record 2 is larger than the 1 MB of a request",
        ),
        (
            lambda file, limit: list(read_whole_file(file, limit)),
            "the file is larger than the 1 MB .*cut the file with",
        ),
    ],
)
def test_a_record_larger_than_a_request_is_reported(cut, message):
    with pytest.raises(RecordError, match=message):
        cut(io.BytesIO(b"a\n" + b"x" * (2 << 20) + b"\n"), 1 << 20)
