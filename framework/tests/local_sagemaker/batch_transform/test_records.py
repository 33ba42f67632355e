"""Files cut into requests: nothing is lost, no request is too large, and a record that is says where it stands."""

from __future__ import annotations

import io
import random

from local_sagemaker.batch_transform.records import BLOCK_BYTES, RecordError, group_lines, read_blocks, read_whole_file

import pytest


def files(seed):
    """Random files of lines, some empty, some without a newline at the end."""
    source = random.Random(seed)
    for _ in range(200):
        lines = ["x" * source.choice([0, 1, 3, 10, 40]) for _ in range(source.randrange(60))]
        yield "\n".join(lines).encode() + source.choice([b"", b"\n"]), source.choice([45, 64, 200, None])


def test_blocks_are_the_file_in_whole_lines():
    for content, limit in files(1):
        found = list(read_blocks(io.BytesIO(content), limit))

        assert b"".join(payload.body for payload in found) == content
        assert all(payload.body.endswith(b"\n") for payload in found[:-1])
        assert limit is None or all(len(payload.body) <= limit for payload in found)


def test_a_blocks_place_is_that_of_its_lines():
    for content, limit in files(2):
        at = 1
        for payload in read_blocks(io.BytesIO(content), limit):
            assert payload.first == at
            at += len(payload.body.splitlines())


@pytest.mark.parametrize("single", [False, True])
def test_grouped_records_are_those_of_the_file_without_empty_lines(single):
    for content, limit in files(3):
        wanted = [line for line in content.decode().split("\n") if line]

        found = list(group_lines(io.BytesIO(content), limit, single, str.upper))

        assert [record for payload in found for record in payload.records] == wanted
        sent = [line for payload in found for line in payload.body.decode().splitlines()]
        assert sent == [line.upper() for line in wanted]
        assert not single or all(payload.count == 1 for payload in found)
        assert [payload.first for payload in found] == [1 + sum(p.count for p in found[:n]) for n in range(len(found))]


def test_a_first_line_beyond_the_limit_is_told_whatever_follows_it():
    content = b"x" * ((2 << 20) + 5) + b"\na\nb\n"

    with pytest.raises(RecordError, match="record 1 is larger than the 2 MB of a request"):
        list(read_blocks(io.BytesIO(content), 2 << 20))


def test_what_unicode_calls_a_lines_end_is_part_of_a_record():
    content = "a\u2028b,1\r\n\x0cc,2\n".encode()

    (payload,) = read_blocks(io.BytesIO(content), None)

    assert payload.records == ("a\u2028b,1", "\x0cc,2")


def test_a_line_that_is_longer_than_what_is_read_at_once_is_one_record():
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
def test_what_is_larger_than_a_request_is_told(cut, message):
    with pytest.raises(RecordError, match=message):
        cut(io.BytesIO(b"a\n" + b"x" * (2 << 20) + b"\n"), 1 << 20)
