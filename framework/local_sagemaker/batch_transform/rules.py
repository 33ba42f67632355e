"""What the settings of a transform job must fulfil together, before anything is started."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from local_sagemaker.batch_transform.json_path import PathError, parse
from local_sagemaker.serving.media_types import CSV, JSON, JSON_LINES, media_type

#: Content types whose records can be filtered and joined.
RECORDS = (CSV, JSON, JSON_LINES)
SPLIT = ("None", "Line")
MAX_MEGABYTES = 100  # MaxConcurrentTransforms times MaxPayloadInMB


def request_errors(request: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with a CreateTransformJob request; members that are no text yet are left alone.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTransformJob.html
    """
    data, source, target = (request.get(name) or {} for name in ("DataProcessing", "TransformInput", "TransformOutput"))
    split = source.get("SplitType", "None")
    if isinstance(split, str) and split not in SPLIT:
        yield f"SplitType {split} does not run here; {' and '.join(SPLIT)} do"
    wants_ids, accept = (request.get("DataCaptureConfig") or {}).get("GenerateInferenceId"), target.get("Accept")
    if wants_ids and _are_known(accept) and media_type(accept or source.get("ContentType")) not in RECORDS:
        yield f"GenerateInferenceId needs an Accept of {', '.join(RECORDS)}; it is {accept}"
    if "BatchStrategy" in request and split == "None":
        yield "BatchStrategy needs a SplitType: without one, each file is one request"
    yield from _size_problems(request)
    yield from _filter_problems(data, source.get("ContentType"))
    if data.get("JoinSource") == "Input":
        yield from _join_problems(source, target)


def _join_problems(source: Mapping[str, Any], target: Mapping[str, Any]) -> Iterator[str]:
    given, wanted = source.get("ContentType"), target.get("Accept")
    if _are_known(given, wanted) and media_type(given) != media_type(wanted):
        yield f"JoinSource Input needs one format: ContentType is {given}, Accept {wanted}"
    split, assemble = source.get("SplitType", "None"), target.get("AssembleWith", "None")
    if _are_known(split, assemble) and split != assemble:
        yield f"JoinSource Input needs AssembleWith to be SplitType: they are {assemble} and {split}"


def _are_known(*values: Any) -> bool:
    """Whether these are texts, or not given: the value of an expression comes later."""
    return all(value is None or isinstance(value, str) for value in values)


def _size_problems(request: Mapping[str, Any]) -> Iterator[str]:
    at_once, megabytes = request.get("MaxConcurrentTransforms"), request.get("MaxPayloadInMB")
    if isinstance(at_once, int) and isinstance(megabytes, int) and at_once * megabytes > MAX_MEGABYTES:
        yield (
            f"MaxConcurrentTransforms times MaxPayloadInMB is {at_once * megabytes} MB; it must be at most "
            f"{MAX_MEGABYTES}"
        )


def _filter_problems(data: Mapping[str, Any], content_type: Any) -> Iterator[str]:
    filters = {name: data[name] for name in ("InputFilter", "OutputFilter") if isinstance(data.get(name), str)}
    for name, text in filters.items():
        try:
            parse(text)
        except PathError as error:
            yield f"{name}: {error}"
    is_asked = any(text != "$" for text in filters.values()) or data.get("JoinSource") == "Input"
    if is_asked and _are_known(content_type) and media_type(content_type) not in RECORDS:
        yield f"filters and joins need ContentType {', '.join(RECORDS)}; it is {content_type}"
