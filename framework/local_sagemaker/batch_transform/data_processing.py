"""Applies InputFilter, JoinSource and OutputFilter: they select what is sent and what is written of a record.

A CSV row is an array of its cells; the cells' text does not change.
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
    """Defines how records of a content type are read, filtered, joined with their predictions, and written."""

    def read(self, text: str) -> Any:
        """Parse a record."""

    def select(self, path: Path, record: Any) -> Any:
        """Return what a path selects in a record."""

    def join(self, record: Any, prediction: Any) -> Any:
        """Join a record and its prediction."""

    def identify(self, record: Any, identifier: str, time: str) -> Any:
        """Add an inference id and a time to a record."""

    def write(self, record: Any) -> str:
        """Format a record as text."""


class Csv:
    """Reads and writes rows of comma-separated cells. The cells that a path selects are computed once per row width."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[Path, int], list[int]] = {}

    def read(self, text: str) -> list[str]:
        """Split a row into its cells, including their quotes."""
        return text.split(",") if '"' not in text else _CELLS.findall(text)

    def select(self, path: Path, record: list[str]) -> list[str]:
        """Return the selected cells."""
        numbers = self._numbers.get((path, len(record)))
        if numbers is None:
            numbers = self._numbers[path, len(record)] = json_path.columns(path, len(record))
        return [record[number] for number in numbers]

    def join(self, record: list[str], prediction: list[str]) -> list[str]:
        """Append the prediction to the row."""
        return record + prediction

    def identify(self, record: list[str], identifier: str, time: str) -> list[str]:
        """Append two cells."""
        return [*record, identifier, time]

    def write(self, record: list[str]) -> str:
        """Join the cells with commas."""
        return ",".join(record)


class Json:
    """Reads and writes records that are JSON documents."""

    def read(self, text: str) -> Any:
        """Parse a document."""
        return json.loads(text)

    def select(self, path: Path, record: Any) -> Any:
        """Return a part of the document."""
        return json_path.select(path, record)

    def join(self, record: Any, prediction: Any) -> dict[str, Any]:
        """Add the prediction as SageMakerOutput. A record that is not an object becomes SageMakerInput."""
        joined = record if isinstance(record, dict) else {"SageMakerInput": record}
        return {**joined, "SageMakerOutput": prediction}

    def identify(self, record: Any, identifier: str, time: str) -> dict[str, Any]:
        """Add two members. A record that is not an object becomes SageMakerOutput, as in a join."""
        members = record if isinstance(record, dict) else {"SageMakerOutput": record}
        return {**members, "SageMakerInferenceId": identifier, "SageMakerInferenceTime": time}

    def write(self, record: Any) -> str:
        """Format the document on one line."""
        return json.dumps(record, separators=(",", ":"), ensure_ascii=False)


@dataclass(frozen=True)
class DataProcessing:
    """The filters and joins of a job. A filter ``$`` selects everything. ``identifies``: records get an id and time."""

    format: Format
    prediction_format: Format
    input: Path
    output: Path
    joins: bool
    identifies: bool = False

    @classmethod
    def of(cls, request: Mapping[str, Any]) -> DataProcessing | None:
        """Return what a CreateTransformJob request demands, or None if records pass unchanged."""
        settings = request.get("DataProcessing") or {}
        content_type = media_type(request["TransformInput"].get("ContentType"))
        accept = media_type(request["TransformOutput"].get("Accept")) or content_type
        processing = cls(
            Csv() if content_type == CSV else Json(),
            Csv() if accept == CSV else Json(),
            parse(settings.get("InputFilter") or "$"),
            parse(settings.get("OutputFilter") or "$"),
            settings.get("JoinSource") == "Input",
            bool((request.get("DataCaptureConfig") or {}).get("GenerateInferenceId")),
        )
        return processing if processing.input or processing.changes_predictions else None

    @property
    def changes_predictions(self) -> bool:
        """Whether the written predictions differ from the container's answers."""
        return bool(self.output or self.joins or self.identifies)

    def prepare(self, text: str) -> str:
        """Return the part of a record that is sent.

        Raises:
            RecordError: the input filter selects nothing in the record, or the record is malformed.
        """
        if not self.input:
            return text
        try:
            return self.format.write(self.format.select(self.input, self.format.read(text)))
        except PathError as error:
            raise RecordError(f"InputFilter: {error}") from None
        except (ValueError, RecursionError):
            raise RecordError(f"{text[:60]!r} is not JSON, which ContentType demands") from None

    def combine(self, text: str, prediction: str) -> str:
        """Return what is written for a record, in its form in the file, and its prediction.

        Raises:
            RecordError: the output filter selects nothing in them, or one of them is malformed.
        """
        try:
            prediction_record = self.prediction_format.read(prediction)
            joined = self.format.join(self.format.read(text), prediction_record) if self.joins else prediction_record
            selected = self.prediction_format.select(self.output, joined) if self.output else joined
            if self.identifies:
                time = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
                selected = self.prediction_format.identify(selected, str(uuid4()), time)
            return self.prediction_format.write(selected)
        except PathError as error:
            raise RecordError(f"OutputFilter: {error}") from None
        except (ValueError, RecursionError):
            raise RecordError(f"{text[:60]!r} or its prediction {prediction[:60]!r} is not JSON") from None
