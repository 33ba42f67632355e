"""Arrays as the text and bytes of requests: the decoders and encoders of AWS's inference toolkits.

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
    """An array; what is text becomes 32-bit floats.

    Raises:
        RequestError: another content type (415), or what is none of it (400).
    """
    kind = media_type(content_type) or CSV
    if kind not in _DECODE:
        raise RequestError(f"content type {kind!r} is not read; {', '.join(_DECODE)} are", UNSUPPORTED)
    try:
        found = _DECODE[kind](body if isinstance(body, bytes) else body.encode())
        return np.asarray(found) if kind == NPY else np.asarray(found, np.float32)
    except (ValueError, TypeError) as error:
        raise RequestError(f"the request is no {kind} of numbers: {error}") from None


def encode(prediction: Any, accept: str) -> tuple[bytes, str]:
    """The text of an array, and its content type.

    Raises:
        RequestError: another type is asked for (406).
    """
    kind = media_type(accept)
    kind = kind if kind not in ("", "*/*") else CSV
    if kind not in _ENCODE:
        raise RequestError(f"accept {kind!r} is not written; {', '.join(_ENCODE)} are", HTTPStatus.NOT_ACCEPTABLE)
    return _ENCODE[kind](np.asarray(prediction)), kind


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


_DECODE: dict[str, Callable[[bytes], Any]] = {CSV: _from_csv, JSON: json.loads, NPY: _from_npy}
_ENCODE: dict[str, Callable[[np.ndarray], bytes]] = {
    CSV: _to_csv,
    JSON: lambda array: json.dumps(array.tolist()).encode(),
    NPY: _to_npy,
}
