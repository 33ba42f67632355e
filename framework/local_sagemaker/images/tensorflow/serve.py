"""A SavedModel as a predictor, as TensorFlow Serving and AWS's handlers before it have it.

``code/inference.py`` of the model may have ``input_handler(data, context)``, which makes the JSON of a predict request,
and ``output_handler(response, context)``, which makes the answer of the response; without it CSV and JSON are known.
https://github.com/aws/deep-learning-containers (tensorflow/inference)
"""

from __future__ import annotations

import csv
import io
import json
import runpy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from local_sagemaker.serving.media_types import CSV, JSON, JSON_LINES, media_type
from local_sagemaker.serving.server import ModelError, Predictor, RequestError

import tensorflow as tf

SIGNATURE = "serving_default"
SCRIPT = Path("code", "inference.py")


@dataclass(frozen=True)
class Response:
    """What a handler gets of TensorFlow Serving: the part of requests.Response that handlers read."""

    content: bytes
    status_code: int = 200

    @property
    def text(self) -> str:
        """The body as text."""
        return self.content.decode()

    def json(self) -> Any:
        """The body as an object."""
        return json.loads(self.content)


def load(model_dir: Path) -> Predictor:
    """The predictor of a model's folder: its newest version, and its handlers.

    Raises:
        ModelError: there is no SavedModel, or its script fails or has half of the handlers.
    """
    model, handlers = _saved_model(model_dir), _handlers(model_dir)

    def predict(body: bytes, content_type: str, accept: str) -> tuple[bytes, str]:
        if not body.strip():
            return b"", CSV
        context = SimpleNamespace(
            request_content_type=media_type(content_type),
            accept_header=accept if accept not in ("", "*/*") else JSON,
            model_name="model",
            model_version="1",
            method="predict",
            rest_uri="",
            grpc_port="",
            custom_attributes="",
        )
        try:
            asked = handlers["input_handler"](io.BytesIO(body), context)
        except (ValueError, LookupError) as error:  # the handler's own words for what it cannot read
            raise RequestError(f"the request cannot be read: {error}") from None
        answer = handlers["output_handler"](Response(json.dumps(_predicted(model, asked)).encode()), context)
        content, kind = answer
        return content.encode() if isinstance(content, str) else bytes(content), kind

    return predict


def _saved_model(model_dir: Path) -> Any:
    versions = sorted(
        (path.parent for path in model_dir.rglob("saved_model.pb") if path.parent.name.isdecimal()),
        key=lambda path: int(path.name),
    )
    if not versions:
        there = ", ".join(sorted(path.name for path in model_dir.iterdir())) if model_dir.is_dir() else "nothing"
        raise ModelError(f"there is no SavedModel in a folder with a number, as in 1/saved_model.pb; there is: {there}")
    loaded = tf.saved_model.load(str(versions[-1]))
    if SIGNATURE not in loaded.signatures:
        raise ModelError(
            f"the SavedModel has no signature {SIGNATURE!r}; it has {', '.join(loaded.signatures) or 'none'}"
        )
    return loaded  # as a whole: a signature alone keeps none of the variables that it reads


def _handlers(model_dir: Path) -> Mapping[str, Callable[..., Any]]:
    script = model_dir / SCRIPT
    if not script.is_file():
        return DEFAULTS
    try:
        found = runpy.run_path(str(script), run_name=script.stem)
    except (Exception, SystemExit) as error:
        raise ModelError(f"{SCRIPT} failed as it was loaded: {type(error).__name__}: {error}") from error
    if callable(found.get("handler")):
        raise ModelError(
            f"{SCRIPT} has handler, which calls TensorFlow Serving itself, and there is none here; split it"
        )
    given = {name: found[name] for name in DEFAULTS if callable(found.get(name))}
    if len(given) == 1:
        raise ModelError(f"{SCRIPT} has {', '.join(given)} alone; input_handler and output_handler go together")
    return {**DEFAULTS, **given}


def _predicted(model: Any, asked: str | bytes) -> dict[str, Any]:
    """The answer to a predict request, ``{"instances": [...]}``.

    Raises:
        RequestError: it is none, or fits the model's inputs not (400).
    """
    try:
        instances = json.loads(asked)["instances"]
        signature = model.signatures[SIGNATURE]
        specs = signature.structured_input_signature[1]
        outputs = signature(**_tensors(instances, specs))
    except (ValueError, LookupError, TypeError, tf.errors.OpError) as error:
        raise RequestError(f"the model cannot be asked so: {str(error).strip().splitlines()[0][:300]}") from None
    values = {name: _plain(tensor.numpy()) for name, tensor in outputs.items()}
    if len(values) == 1:
        return {"predictions": next(iter(values.values()))}
    return {"predictions": [dict(zip(values, row, strict=True)) for row in zip(*values.values(), strict=True)]}


def _tensors(instances: list[Any], specs: Mapping[str, Any]) -> dict[str, Any]:
    """One tensor for each input; of several, an instance has them by name."""
    if len(specs) == 1 and not (instances and isinstance(instances[0], dict)):
        ((name, spec),) = specs.items()
        return {name: tf.constant(instances, spec.dtype)}
    return {name: tf.constant([one[name] for one in instances], spec.dtype) for name, spec in specs.items()}


def _plain(array: Any) -> list[Any]:
    found: list[Any] = array.tolist()
    return [_text(one) for one in found]


def _text(value: Any) -> Any:
    if isinstance(value, list):
        return [_text(one) for one in value]
    return value.decode() if isinstance(value, bytes) else value


def _input(data: Any, context: Any) -> str:
    """AWS's own: JSON as it is, JSON lines and CSV of numbers as instances."""
    text, kind = data.read().decode("utf-8"), context.request_content_type
    if kind == JSON:
        found = json.loads(text)
        return text if isinstance(found, dict) else json.dumps({"instances": found})
    if kind == JSON_LINES:
        return json.dumps({"instances": [json.loads(line) for line in text.splitlines() if line.strip()]})
    if kind == CSV:
        return json.dumps({"instances": [[float(cell) for cell in row] for row in csv.reader(text.splitlines())]})
    raise RequestError(f"content type {kind!r} is not read; {CSV}, {JSON} and {JSON_LINES} are")


def _output(response: Response, context: Any) -> tuple[bytes, str]:
    return response.content, context.accept_header


DEFAULTS: Mapping[str, Callable[..., Any]] = {"input_handler": _input, "output_handler": _output}
