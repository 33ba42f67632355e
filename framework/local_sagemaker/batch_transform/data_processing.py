"""InputFilter, JoinSource and OutputFilter: what of a record is sent, and what of it and of its prediction is written.

A CSV row is an array of its cells, which stay the text that they were.
https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform-data-processing.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol
from uuid import uuid4

from local_sagemaker.batch_transform import json_path
from local_sagemaker.batch_transform.json_path import Path, PathError, parse
from local_sagemaker.batch_transform.records import RecordError
from local_sagemaker.serving.media_types import CSV, media_type

_CELLS = re.compile(r'(?:^|,)((?:"(?:[^"]|"")*"|[^,])*)')


class Format(Protocol):
    """How records of a content type are read, filtered, joined with their predictions, and written."""

    def read(self, text: str) -> Any:
        """A record."""

    def select(self, path: Path, record: Any) -> Any:
        """What a path selects of it."""

    def join(self, record: Any, prediction: Any) -> Any:
        """Both in one."""

    def identify(self, record: Any, identifier: str, time: str) -> Any:
        """The record with an inference id and time."""

    def write(self, record: Any) -> str:
        """The record's text."""


class Csv:
    """Rows of comma-separated cells. Which cells a path selects is found once for rows of a width."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[Path, int], list[int]] = {}

    def read(self, text: str) -> list[str]:
        """The cells, quotes and all."""
        return text.split(",") if '"' not in text else _CELLS.findall(text)

    def select(self, path: Path, record: list[str]) -> list[str]:
        """Some of the cells."""
        numbers = self._numbers.get((path, len(record)))
        if numbers is None:
            numbers = self._numbers[path, len(record)] = json_path.columns(path, len(record))
        return [record[number] for number in numbers]

    def join(self, record: list[str], prediction: list[str]) -> list[str]:
        """The prediction behind the row."""
        return record + prediction

    def identify(self, record: list[str], identifier: str, time: str) -> list[str]:
        """Two more cells."""
        return [*record, identifier, time]

    def write(self, record: list[str]) -> str:
        """The cells, with commas between them."""
        return ",".join(record)


class Json:
    """JSON documents."""

    def read(self, text: str) -> Any:
        """The document."""
        return json.loads(text)

    def select(self, path: Path, record: Any) -> Any:
        """A part of it."""
        return json_path.select(path, record)

    def join(self, record: Any, prediction: Any) -> dict[str, Any]:
        """The prediction as SageMakerOutput, in the record where that is an object, else beside it."""
        joined = record if isinstance(record, dict) else {"SageMakerInput": record}
        return {**joined, "SageMakerOutput": prediction}

    def identify(self, record: Any, identifier: str, time: str) -> dict[str, Any]:
        """Two more members; what is no object becomes one, as where it is joined."""
        found = record if isinstance(record, dict) else {"SageMakerOutput": record}
        return {**found, "SageMakerInferenceId": identifier, "SageMakerInferenceTime": time}

    def write(self, record: Any) -> str:
        """On one line."""
        return json.dumps(record, separators=(",", ":"), ensure_ascii=False)


@dataclass(frozen=True)
class DataProcessing:
    """Of one job; filters that are ``$`` select everything. ``identifies``: records get an inference id and a time."""

    format: Format
    answers: Format  # in which predictions come
    input: Path
    output: Path
    joins: bool
    identifies: bool = False

    @classmethod
    def of(cls, request: Mapping[str, Any]) -> DataProcessing | None:
        """What a CreateTransformJob request asks for; None where records go through as they are."""
        asked = request.get("DataProcessing") or {}
        given = media_type(request["TransformInput"].get("ContentType"))
        accepted = media_type(request["TransformOutput"].get("Accept")) or given
        found = cls(
            Csv() if given == CSV else Json(),
            Csv() if accepted == CSV else Json(),
            parse(asked.get("InputFilter") or "$"),
            parse(asked.get("OutputFilter") or "$"),
            asked.get("JoinSource") == "Input",
            bool((request.get("DataCaptureConfig") or {}).get("GenerateInferenceId")),
        )
        return found if found.input or found.is_applied_after else None

    @property
    def is_applied_after(self) -> bool:
        """Whether predictions are written otherwise than they come."""
        return bool(self.output or self.joins or self.identifies)

    def before(self, text: str) -> str:
        """What is sent of a record.

        Raises:
            RecordError: the input filter selects nothing of it, or it is not of the format.
        """
        if not self.input:
            return text
        try:
            return self.format.write(self.format.select(self.input, self.format.read(text)))
        except PathError as error:
            raise RecordError(f"InputFilter: {error}") from None
        except (ValueError, RecursionError):
            raise RecordError(f"{text[:60]!r} is no JSON, as ContentType says") from None

    def after(self, text: str, prediction: str) -> str:
        """What is written of a record, as it was in the file, and its prediction.

        Raises:
            RecordError: the output filter selects nothing of them, or one of them is not of the format.
        """
        try:
            found = self.answers.read(prediction)
            joined = self.format.join(self.format.read(text), found) if self.joins else found
            selected = self.answers.select(self.output, joined) if self.output else joined
            if self.identifies:
                time = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
                selected = self.answers.identify(selected, str(uuid4()), time)
            return self.answers.write(selected)
        except PathError as error:
            raise RecordError(f"OutputFilter: {error}") from None
        except (ValueError, RecursionError):
            raise RecordError(f"{text[:60]!r} or its prediction {prediction[:60]!r} is no JSON") from None
