"""InputFilter, JoinSource and OutputFilter: what of a record is sent, and what of it and of its prediction is written.

A CSV row is an array of its cells, which stay the text that they were.
https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform-data-processing.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from local_sagemaker.batch_transform import json_path
from local_sagemaker.batch_transform.json_path import Path, PathError, parse
from local_sagemaker.batch_transform.records import RecordError
from local_sagemaker.batch_transform.rules import CSV, media_type

_CELLS = re.compile(r'(?:^|,)((?:"(?:[^"]|"")*"|[^,])*)')


class Format(Protocol):
    """How records of a content type are read, filtered, joined with their predictions, and written."""

    def read(self, text: str) -> Any:
        """A record."""

    def select(self, path: Path, record: Any) -> Any:
        """What a path selects of it."""

    def join(self, record: Any, prediction: Any) -> Any:
        """Both in one."""

    def write(self, record: Any) -> str:
        """The record's text."""


class Csv:
    """Rows of comma-separated cells."""

    def read(self, text: str) -> list[str]:
        """The cells, quotes and all."""
        return text.split(",") if '"' not in text else _CELLS.findall(text)

    def select(self, path: Path, record: list[str]) -> list[str]:
        """Some of the cells."""
        found = json_path.columns(path, len(record))
        if found is None:
            raise PathError("a row has no names; select columns by their numbers, as in $[1:]")
        return [record[number] for number in found]

    def join(self, record: list[str], prediction: list[str]) -> list[str]:
        """The prediction behind the row."""
        return record + prediction

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

    def write(self, record: Any) -> str:
        """On one line."""
        return json.dumps(record, separators=(",", ":"), ensure_ascii=False)


@dataclass(frozen=True)
class DataProcessing:
    """Of one job; filters that are ``$`` select everything."""

    format: Format
    input: Path
    output: Path
    joins: bool

    @classmethod
    def of(cls, request: Mapping[str, Any]) -> DataProcessing | None:
        """What a CreateTransformJob request asks for; None where records go through as they are."""
        asked = request.get("DataProcessing") or {}
        found = cls(
            Csv() if media_type(request["TransformInput"].get("ContentType")) == CSV else Json(),
            parse(asked.get("InputFilter") or "$"),
            parse(asked.get("OutputFilter") or "$"),
            asked.get("JoinSource") == "Input",
        )
        return found if found.input or found.output or found.joins else None

    def before(self, text: str) -> tuple[str, Any]:
        """What is sent of a record, and what is kept of it for the join.

        Raises:
            RecordError: the input filter selects nothing of it.
            ValueError: it is no JSON.
        """
        record = self.format.read(text)
        try:
            sent = self.format.select(self.input, record) if self.input else record
        except PathError as error:
            raise RecordError(f"InputFilter: {error}") from None
        return self.format.write(sent) if self.input else text, record if self.joins else None

    def after(self, record: Any, prediction: str) -> str:
        """What is written of a record and its prediction.

        Raises:
            RecordError: the output filter selects nothing of them, or the prediction is not of the format.
        """
        try:
            found = self.format.read(prediction)
            joined = self.format.join(record, found) if self.joins else found
            return self.format.write(self.format.select(self.output, joined) if self.output else joined)
        except PathError as error:
            raise RecordError(f"OutputFilter: {error}") from None
        except ValueError:
            raise RecordError(f"the prediction {prediction[:60]!r} is no JSON, as Accept says") from None
