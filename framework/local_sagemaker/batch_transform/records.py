"""Cuts input files into the bodies of requests."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, cast

BLOCK_BYTES = 1 << 20


class RecordError(Exception):
    """Raised when a file cannot be transformed because of its content; the message names the record."""


@dataclass(frozen=True)
class Payload:
    """Holds the body of one request: ``count`` records; the first has the number ``first``, counted from 1.

    ``source`` are the records in their form in the file, if the body has them in another form; ``rows`` are the same
    as one text. ``heads`` are the parts of the records that are written before the predictions.
    """

    body: bytes
    first: int
    count: int
    source: tuple[str, ...] = ()
    rows: bytes = b""
    heads: list[bytes] = field(default_factory=list)

    @property
    def records(self) -> tuple[str, ...]:
        """The records in their form in the file, for the join."""
        return self.source or tuple(lines(self.rows or self.body))

    @property
    def place(self) -> str:
        """The numbers of the records, for messages."""
        last = self.first + self.count - 1
        return f"record {self.first}" if self.count == 1 else f"records {self.first} to {last}"


def lines(body: bytes) -> list[str]:
    """Return the lines that are not empty. Only a line feed ends a line: cells may contain Unicode's other line
    ends.
    """
    return [line for line in (line.rstrip("\r") for line in body.decode("utf-8").split("\n")) if line]


def open_records(file: Path, compression: str) -> IO[bytes]:
    """Open an input file, decompressed."""
    return cast("IO[bytes]", gzip.open(file)) if compression == "Gzip" else file.open("rb")


def read_whole_file(file: IO[bytes], limit: int | None) -> Iterator[Payload]:
    """Yield the file as one record.

    Raises:
        RecordError: the file is larger than the limit, in bytes.
    """
    body = check_size(file.read(-1 if limit is None else limit + 1), limit, "the file")
    if body:
        yield Payload(body, 1, 1)


def read_blocks(file: IO[bytes], limit: int | None, size: int | None = None) -> Iterator[Payload]:
    """Yield unchanged blocks of as many complete lines as a request may have.

    Args:
        file: the file to cut.
        limit: the maximum size of a line, in bytes.
        size: the size of a block; by default the limit.

    Raises:
        RecordError: a line is larger than the limit.
    """
    size, remainder, first = size or limit or BLOCK_BYTES, b"", 1
    while block := file.read(size - len(remainder) if size > len(remainder) else BLOCK_BYTES):
        body = remainder + block
        cut = body.rfind(b"\n", 0, size) + 1 or body.find(b"\n") + 1
        if not cut:
            remainder = check_size(body, limit, f"record {first}")
            continue
        check_size(body[:cut] if cut > size else b"", limit, f"record {first}")
        payload = Payload(body[:cut], first, body.count(b"\n", 0, cut))
        remainder, first = body[cut:], first + payload.count
        yield payload
    if remainder:
        yield Payload(remainder, first, 1)


def group_lines(
    lines: Iterable[bytes], limit: int | None, single: bool, prepare: Callable[[str], str], first: int = 1
) -> Iterator[Payload]:
    """Prepare lines one by one and yield as many in a request as possible.

    Args:
        lines: the lines of a file; empty lines are skipped.
        limit: the maximum size of a request, in bytes.
        single: whether each request has only one record.
        prepare: returns the part of a record that is sent.
        first: the number of the first record.

    Raises:
        RecordError: a record cannot be prepared, or is larger than the limit.
    """
    bodies: list[bytes] = []
    source: list[str] = []
    size = 0
    for number, line in enumerate(filter(None, (line.rstrip(b"\r\n") for line in lines)), first):
        text = line.decode("utf-8")
        try:
            body = prepare(text).encode()
        except (RecordError, UnicodeError) as error:
            raise RecordError(f"record {number}: {error}") from None
        check_size(body, limit, f"record {number}")
        if bodies and (single or (limit is not None and size + len(body) + 1 > limit)):
            yield Payload(b"\n".join(bodies) + b"\n", first, len(bodies), tuple(source))
            bodies, source, first, size = [], [], number, 0
        bodies.append(body)
        source.append(text)
        size += len(body) + 1
    if bodies:
        yield Payload(b"\n".join(bodies) + b"\n", first, len(bodies), tuple(source))


def check_size(body: bytes, limit: int | None, subject: str) -> bytes:
    """Return the body; raise RecordError if it is larger than the limit, in bytes."""
    if limit is not None and len(body) > limit:
        hint = "" if subject.startswith("record") else ", or cut the file with SplitType Line"
        raise RecordError(f"{subject} is larger than the {limit >> 20} MB of a request; raise MaxPayloadInMB{hint}")
    return body
