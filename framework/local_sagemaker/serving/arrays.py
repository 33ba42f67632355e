"""Decodes and encodes arrays in requests and answers, as AWS's inference toolkits do.

https://github.com/aws/sagemaker-inference-toolkit
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from local_sagemaker.serving.media_types import CSV, JSON, NPY, media_type
from local_sagemaker.serving.server import RequestError

import numpy as np


def decode(body: bytes | str, content_type: str) -> np.ndarray:
    """Decode an array from a request; text formats become 32-bit floats.

    Raises:
        RequestError: unsupported content type (415), or malformed content (400).
    """
    request_type = media_type(content_type) or CSV
    if request_type not in _DECODERS:
        raise RequestError(f"content type {request_type!r} is not supported; use {', '.join(_DECODERS)}", UNSUPPORTED)
    try:
        values = _DECODERS[request_type](body if isinstance(body, bytes) else body.encode())
        return np.asarray(values) if request_type == NPY else np.asarray(values, np.float32)
    except (ValueError, TypeError) as error:
        raise RequestError(f"the request is not {request_type} of numbers: {error}") from None


def encode(prediction: Any, accept: str) -> tuple[bytes, str]:
    """Encode an array; return the body and its content type.

    Raises:
        RequestError: the accepted type is not supported (406).
    """
    answer_type = media_type(accept)
    answer_type = answer_type if answer_type not in ("", "*/*") else CSV
    if answer_type not in _ENCODERS:
        raise RequestError(
            f"accept {answer_type!r} is not supported; use {', '.join(_ENCODERS)}", HTTPStatus.NOT_ACCEPTABLE
        )
    return _ENCODERS[answer_type](np.asarray(prediction)), answer_type


UNSUPPORTED = HTTPStatus.UNSUPPORTED_MEDIA_TYPE


def _from_csv(body: bytes) -> Any:
    return np.genfromtxt(io.BytesIO(body), delimiter=",", dtype=float, ndmin=2)


def _from_npy(body: bytes) -> Any:
    return np.load(io.BytesIO(body), allow_pickle=False)


def _to_csv(array: np.ndarray) -> bytes:
    buffer = io.StringIO()
    np.savetxt(buffer, np.atleast_1d(array), delimiter=",", fmt="%s")
    return buffer.getvalue().encode()


def _to_npy(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()


_DECODERS: dict[str, Callable[[bytes], Any]] = {CSV: _from_csv, JSON: json.loads, NPY: _from_npy}
_ENCODERS: dict[str, Callable[[np.ndarray], bytes]] = {
    CSV: _to_csv,
    JSON: lambda array: json.dumps(array.tolist()).encode(),
    NPY: _to_npy,
}
