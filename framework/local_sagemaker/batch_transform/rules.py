"""Checks a transform job's settings against each other, before anything starts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from local_sagemaker.batch_transform.json_path import PathError, parse
from local_sagemaker.serving.media_types import CSV, JSON, JSON_LINES, media_type

#: Content types whose records can be filtered and joined.
RECORD_TYPES = (CSV, JSON, JSON_LINES)
MAX_MEGABYTES = 100  # MaxConcurrentTransforms times MaxPayloadInMB


def request_errors(request: Mapping[str, Any]) -> Iterator[str]:
    """Yield the errors of a CreateTransformJob request; skip members whose value is an expression.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTransformJob.html
    """
    data, source, target = (request.get(name) or {} for name in ("DataProcessing", "TransformInput", "TransformOutput"))
    wants_ids, accept = (request.get("DataCaptureConfig") or {}).get("GenerateInferenceId"), target.get("Accept")
    if wants_ids and _are_strings(accept) and media_type(accept or source.get("ContentType")) not in RECORD_TYPES:
        yield f"GenerateInferenceId needs an Accept of {', '.join(RECORD_TYPES)}; it is {accept}"
    yield from _size_errors(request)
    yield from _filter_errors(data, source.get("ContentType"))
    if data.get("JoinSource") == "Input":
        yield from _join_errors(source, target)


def _join_errors(source: Mapping[str, Any], target: Mapping[str, Any]) -> Iterator[str]:
    content_type, accept = source.get("ContentType"), target.get("Accept")
    if _are_strings(content_type, accept) and media_type(content_type) != media_type(accept):
        yield f"JoinSource Input needs one format: ContentType is {content_type}, Accept is {accept}"
    split, assemble = source.get("SplitType", "None"), target.get("AssembleWith", "None")
    if _are_strings(split, assemble) and split != assemble:
        yield f"JoinSource Input needs AssembleWith to equal SplitType; they are {assemble} and {split}"


def _are_strings(*values: Any) -> bool:
    """Return whether all values are strings or None; the value of an expression is only known later."""
    return all(value is None or isinstance(value, str) for value in values)


def _size_errors(request: Mapping[str, Any]) -> Iterator[str]:
    concurrency, megabytes = request.get("MaxConcurrentTransforms"), request.get("MaxPayloadInMB")
    if isinstance(concurrency, int) and isinstance(megabytes, int) and concurrency * megabytes > MAX_MEGABYTES:
        yield (
            f"MaxConcurrentTransforms times MaxPayloadInMB is {concurrency * megabytes} MB; it must be at most "
            f"{MAX_MEGABYTES}"
        )


def _filter_errors(data: Mapping[str, Any], content_type: Any) -> Iterator[str]:
    filters = {name: data[name] for name in ("InputFilter", "OutputFilter") if isinstance(data.get(name), str)}
    for name, text in filters.items():
        try:
            parse(text)
        except PathError as error:
            yield f"{name}: {error}"
    needs_records = any(text != "$" for text in filters.values()) or data.get("JoinSource") == "Input"
    if needs_records and _are_strings(content_type) and media_type(content_type) not in RECORD_TYPES:
        yield f"filters and joins need ContentType {', '.join(RECORD_TYPES)}; it is {content_type}"
