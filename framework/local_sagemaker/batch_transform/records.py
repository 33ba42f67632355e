"""Input files cut into the bodies of requests."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, cast

BLOCK_BYTES = 1 << 20


class RecordError(Exception):
    """Raised when a file cannot be transformed because of what it holds; the message names the record."""


@dataclass(frozen=True)
class Payload:
    """The body of one request: ``count`` records of which the first is number ``first``, counted from 1.

    ``source`` are the same records as they were in the file, where the body has them otherwise; ``rows`` too, as text,
    and ``heads`` what of each is written before its prediction.
    """

    body: bytes
    first: int
    count: int
    source: tuple[str, ...] = ()
    rows: bytes = b""
    heads: list[bytes] = field(default_factory=list)

    @property
    def records(self) -> tuple[str, ...]:
        """As they were in the file, for the join."""
        return self.source or tuple(lines(self.rows or self.body))

    @property
    def place(self) -> str:
        """Its records, for people."""
        last = self.first + self.count - 1
        return f"record {self.first}" if self.count == 1 else f"records {self.first} to {last}"


def lines(body: bytes) -> list[str]:
    """Those that are not empty. Only a line feed ends one: a cell may hold what else Unicode calls a line's end."""
    return [line for line in (line.rstrip("\r") for line in body.decode("utf-8").split("\n")) if line]


def open_records(file: Path, compression: str) -> IO[bytes]:
    """The bytes of an input file."""
    return cast("IO[bytes]", gzip.open(file)) if compression == "Gzip" else file.open("rb")


def read_whole_file(file: IO[bytes], limit: int | None) -> Iterator[Payload]:
    """The file as one record.

    Raises:
        RecordError: it is larger than the limit, in bytes.
    """
    body = check_size(file.read(-1 if limit is None else limit + 1), limit, "the file")
    if body:
        yield Payload(body, 1, 1)


def read_blocks(file: IO[bytes], limit: int | None, size: int | None = None) -> Iterator[Payload]:
    """As many whole lines as a request may have, as they are.

    Args:
        file: to cut.
        limit: of a line, in bytes.
        size: of a block, where it is not the limit.

    Raises:
        RecordError: a line is larger than the limit.
    """
    size, rest, first = size or limit or BLOCK_BYTES, b"", 1
    while block := file.read(size - len(rest) if size > len(rest) else BLOCK_BYTES):
        body = rest + block
        cut = body.rfind(b"\n", 0, size) + 1 or body.find(b"\n") + 1
        if not cut:
            rest = check_size(body, limit, f"record {first}")
            continue
        check_size(body[:cut] if cut > size else b"", limit, f"record {first}")
        payload = Payload(body[:cut], first, body.count(b"\n", 0, cut))
        rest, first = body[cut:], first + payload.count
        yield payload
    if rest:
        yield Payload(rest, first, 1)


def group_lines(
    lines: Iterable[bytes], limit: int | None, single: bool, prepare: Callable[[str], str], first: int = 1
) -> Iterator[Payload]:
    """Lines that are prepared one by one, as many in a request as may be.

    Args:
        lines: of a file; empty ones are no records.
        limit: of a request, in bytes.
        single: whether each request has but one record.
        prepare: gives what is sent of a record.
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


def check_size(body: bytes, limit: int | None, what: str) -> bytes:
    """The body; raise RecordError where it is larger than the limit, in bytes."""
    if limit is not None and len(body) > limit:
        hint = "" if what.startswith("record") else ", or cut the file with SplitType Line"
        raise RecordError(f"{what} is larger than the {limit >> 20} MB of a request; raise MaxPayloadInMB{hint}")
    return body
