"""One input file to one output file."""

from __future__ import annotations

import zlib
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from local_sagemaker.batch_transform.containers import Container, execution_parameters
from local_sagemaker.batch_transform.data_processing import Csv, DataProcessing
from local_sagemaker.batch_transform.plain_rows import PlainRows, without_empty_lines
from local_sagemaker.batch_transform.records import (
    Payload,
    RecordError,
    check_size,
    group_lines,
    lines,
    open_records,
    read_blocks,
    read_whole_file,
)

#: SageMaker's, where neither the job nor the container says otherwise.
PAYLOAD_MEGABYTES, AT_ONCE = 6, 1


@dataclass(frozen=True)
class Settings:
    """What a job's requests are like: as the job says, else as the container would have it, else SageMaker's own.

    ``limit`` is that of a request in bytes, None for none.
    """

    content_type: str
    accept: str
    compression: str
    splits: bool
    assembles: bool
    single: bool
    limit: int | None
    at_once: int
    processing: DataProcessing | None
    plain: PlainRows | None = None

    @classmethod
    def of(cls, request: Mapping[str, Any], container: Container) -> Settings:
        """Those of a CreateTransformJob request."""
        own, source, target = execution_parameters(container), request["TransformInput"], request["TransformOutput"]
        strategy = request.get("BatchStrategy") or own.get("BatchStrategy") or "MultiRecord"
        megabytes = request.get("MaxPayloadInMB", own.get("MaxPayloadInMB", PAYLOAD_MEGABYTES))
        processing = DataProcessing.of(request)
        return cls(
            source.get("ContentType", ""),
            target.get("Accept", ""),
            source.get("CompressionType", "None"),
            source.get("SplitType", "None") == "Line",
            target.get("AssembleWith", "None") == "Line",
            strategy in ("SingleRecord", "SINGLE_RECORD"),
            megabytes << 20 if megabytes else None,
            request.get("MaxConcurrentTransforms") or own.get("MaxConcurrentTransforms") or AT_ONCE,
            processing,
            PlainRows.of(processing),
        )

    def payloads(self, file: IO[bytes]) -> Iterator[Payload]:
        """The bodies of an input file's requests."""
        if not self.splits:
            return read_whole_file(file, self.limit) if self.processing is None else self._one_document(file)
        if self.plain and not self.single:
            return self._of_plain_rows(file, self.plain)
        if not self.single and not (self.processing and self.processing.input):
            return read_blocks(file, self.limit)
        return group_lines(file, self.limit, self.single, self.processing.before if self.processing else str)

    def assembled(self, payload: Payload, answer: bytes) -> bytes:
        """What is written of a request's answer.

        Raises:
            RecordError: as many predictions as records are needed, and it has another number; or a filter fails.
        """
        if self.processing is None or not self.processing.is_applied_after:
            return answer.removesuffix(b"\n") + b"\n" if self.assembles and answer else answer
        if self.plain and payload.heads and (written := self.plain.after(payload.heads, answer)) is not None:
            return written
        predictions = lines(answer) if self.splits else [_one(answer, self.processing)]
        records = payload.records if self.processing.joins else ("",) * len(predictions)
        if len(predictions) != len(records):
            raise RecordError(f"{len(predictions)} predictions for {len(records)} records, which cannot be joined")
        found = list(map(self.processing.after, records, predictions))
        return ("".join(f"{one}\n" for one in found) if self.splits else found[0]).encode()

    def _of_plain_rows(self, file: IO[bytes], plain: PlainRows) -> Iterator[Payload]:
        """Many rows at once; those of a block that is not plain one by one."""
        assert self.processing
        first = 1
        for block in read_blocks(file, None, self.limit):
            rows = without_empty_lines(block.body)
            count, cut = rows.count(b"\n"), plain.before(rows)
            if cut is None or (self.limit is not None and len(cut[0]) > self.limit):
                yield from group_lines(rows.split(b"\n"), self.limit, False, self.processing.before, first)
            elif count:
                yield Payload(cut[0], first, count, rows=rows, heads=cut[1])
            first += count

    def _one_document(self, file: IO[bytes]) -> Iterator[Payload]:
        """A file that is one record, filtered: JSON, or a single row."""
        assert self.processing
        for payload in read_whole_file(file, None):
            text = _one(payload.body, self.processing)
            yield Payload(check_size(self.processing.before(text).encode(), self.limit, "the file"), 1, 1, (text,))


def transform(file: Path, output: Path, settings: Settings, containers: Sequence[Container]) -> int:
    """Write the output of a file, or leave none; how many records it had.

    Raises:
        RecordError: a record that cannot be transformed, with its place in the file.
    """
    partial, records = output.with_name(".partial"), 0
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        with open_records(file, settings.compression) as source, partial.open("wb") as target:
            for payload, answer in _answers(settings.payloads(source), settings, containers):
                target.write(answer)
                records += payload.count
        partial.replace(output)
    except (OSError, EOFError, UnicodeError, zlib.error) as error:
        raise RecordError(f"it cannot be read, or its output not written: {error}") from None
    finally:
        with suppress(OSError):  # there may be no such folder
            partial.unlink(missing_ok=True)
    return records


def _one(body: bytes, processing: DataProcessing) -> str:
    """A document that is one record; raise RecordError where it is rows."""
    text = body.decode("utf-8").strip("\r\n")
    if isinstance(processing.format, Csv) and "\n" in text:
        raise RecordError("it holds several rows, which are filtered and joined one by one with SplitType Line")
    return text


def _answers(
    payloads: Iterator[Payload], settings: Settings, containers: Sequence[Container]
) -> Iterator[tuple[Payload, bytes]]:
    """Each payload with its answer, in order; as many at once as may be, and no more of them read than that."""
    waiting: deque[tuple[Payload, Future[bytes]]] = deque()
    pool = ThreadPoolExecutor(settings.at_once)
    try:
        for payload in payloads:
            waiting.append((payload, pool.submit(_answer, payload, settings, containers)))
            if len(waiting) > settings.at_once:
                payload, answer = waiting.popleft()
                yield payload, answer.result()
        while waiting:
            payload, answer = waiting.popleft()
            yield payload, answer.result()
    finally:  # a job that is stopped does not wait for a request that is under way
        pool.shutdown(wait=False, cancel_futures=True)


def _answer(payload: Payload, settings: Settings, containers: Sequence[Container]) -> bytes:
    """Through one container after the other: what one answers, the next is sent."""
    body, content_type = payload.body, settings.content_type
    try:
        for container in containers:
            accept = settings.accept if container is containers[-1] else ""
            body, content_type = container.invoke(body, content_type, accept)
        return settings.assembled(payload, body)
    except RecordError as error:
        raise RecordError(f"{payload.place}: {error}") from None
