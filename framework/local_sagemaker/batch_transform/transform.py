"""Transforms one input file into one output file."""

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

#: SageMaker's defaults, used if neither the job nor the container has a value.
PAYLOAD_MEGABYTES, MAX_CONCURRENT_REQUESTS = 6, 1


@dataclass(frozen=True)
class Settings:
    """The settings of a job's requests: from the job, else from the container, else SageMaker's defaults.

    ``limit`` is a request's maximum size in bytes; None for no limit.
    """

    content_type: str
    accept: str
    compression: str
    splits: bool
    assembles: bool
    single: bool
    limit: int | None
    max_concurrent: int
    processing: DataProcessing | None
    plain: PlainRows | None = None

    @classmethod
    def of(cls, request: Mapping[str, Any], container: Container) -> Settings:
        """Return the settings of a CreateTransformJob request."""
        defaults = execution_parameters(container)
        source, target = request["TransformInput"], request["TransformOutput"]
        strategy = request.get("BatchStrategy") or defaults.get("BatchStrategy") or "MultiRecord"
        megabytes = request.get("MaxPayloadInMB", defaults.get("MaxPayloadInMB", PAYLOAD_MEGABYTES))
        processing = DataProcessing.of(request)
        return cls(
            source.get("ContentType", ""),
            target.get("Accept", ""),
            source.get("CompressionType", "None"),
            source.get("SplitType", "None") == "Line",
            target.get("AssembleWith", "None") == "Line",
            strategy in ("SingleRecord", "SINGLE_RECORD"),
            megabytes << 20 if megabytes else None,
            request.get("MaxConcurrentTransforms")
            or defaults.get("MaxConcurrentTransforms")
            or MAX_CONCURRENT_REQUESTS,
            processing,
            PlainRows.of(processing),
        )

    def payloads(self, file: IO[bytes]) -> Iterator[Payload]:
        """Yield the bodies of an input file's requests."""
        if not self.splits:
            return read_whole_file(file, self.limit) if self.processing is None else self._single_document(file)
        if self.plain and not self.single:
            return self._plain_payloads(file, self.plain)
        if not self.single and not (self.processing and self.processing.input):
            return read_blocks(file, self.limit)
        return group_lines(file, self.limit, self.single, self.processing.prepare if self.processing else str)

    def assemble(self, payload: Payload, answer: bytes) -> bytes:
        """Return what is written for a request's answer.

        Raises:
            RecordError: the numbers of records and predictions differ, so that a join is impossible; or a filter fails.
        """
        if self.processing is None or not self.processing.changes_predictions:
            return answer.removesuffix(b"\n") + b"\n" if self.assembles and answer else answer
        if self.plain and payload.heads and (written := self.plain.combine(payload.heads, answer)) is not None:
            return written
        predictions = lines(answer) if self.splits else [_single_record(answer, self.processing)]
        records = payload.records if self.processing.joins else ("",) * len(predictions)
        if len(predictions) != len(records):
            raise RecordError(f"{len(predictions)} predictions for {len(records)} records; they cannot be joined")
        combined = list(map(self.processing.combine, records, predictions))
        return ("".join(f"{record}\n" for record in combined) if self.splits else combined[0]).encode()

    def _plain_payloads(self, file: IO[bytes], plain: PlainRows) -> Iterator[Payload]:
        """Yield many rows at once; yield the rows of a block that is not plain one by one."""
        assert self.processing
        first = 1
        for block in read_blocks(file, None, self.limit):
            rows = without_empty_lines(block.body)
            count, cut = rows.count(b"\n"), plain.prepare(rows)
            if cut is None or (self.limit is not None and len(cut[0]) > self.limit):
                yield from group_lines(rows.split(b"\n"), self.limit, False, self.processing.prepare, first)
            elif count:
                yield Payload(cut[0], first, count, rows=rows, heads=cut[1])
            first += count

    def _single_document(self, file: IO[bytes]) -> Iterator[Payload]:
        """Yield a file that is one record, filtered: JSON, or a single row."""
        assert self.processing
        for payload in read_whole_file(file, None):
            text = _single_record(payload.body, self.processing)
            yield Payload(check_size(self.processing.prepare(text).encode(), self.limit, "the file"), 1, 1, (text,))


def transform(file: Path, output: Path, settings: Settings, containers: Sequence[Container]) -> int:
    """Write the output of a file and return the number of its records; write nothing on failure.

    Raises:
        RecordError: a record cannot be transformed; the message has its place in the file.
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
        raise RecordError(f"it cannot be read, or its output cannot be written: {error}") from None
    finally:
        with suppress(OSError):  # the folder may not exist
            partial.unlink(missing_ok=True)
    return records


def _single_record(body: bytes, processing: DataProcessing) -> str:
    """Return a document that is one record; raise RecordError if it has several rows."""
    text = body.decode("utf-8").strip("\r\n")
    if isinstance(processing.format, Csv) and "\n" in text:
        raise RecordError("it has several rows; set SplitType to Line to filter and join them one by one")
    return text


def _answers(
    payloads: Iterator[Payload], settings: Settings, containers: Sequence[Container]
) -> Iterator[tuple[Payload, bytes]]:
    """Yield each payload with its answer, in order. Read only as many payloads ahead as requests may run at once."""
    waiting: deque[tuple[Payload, Future[bytes]]] = deque()
    pool = ThreadPoolExecutor(settings.max_concurrent)
    try:
        for payload in payloads:
            waiting.append((payload, pool.submit(_answer, payload, settings, containers)))
            if len(waiting) > settings.max_concurrent:
                payload, answer = waiting.popleft()
                yield payload, answer.result()
        while waiting:
            payload, answer = waiting.popleft()
            yield payload, answer.result()
    finally:  # a stopped job does not wait for running requests
        pool.shutdown(wait=False, cancel_futures=True)


def _answer(payload: Payload, settings: Settings, containers: Sequence[Container]) -> bytes:
    """Send a payload through the containers in turn, each getting the previous one's answer; return what is written."""
    body, content_type = payload.body, settings.content_type
    try:
        for container in containers:
            accept = settings.accept if container is containers[-1] else ""
            body, content_type = container.invoke(body, content_type, accept)
        return settings.assemble(payload, body)
    except RecordError as error:
        raise RecordError(f"{payload.place}: {error}") from None
