"""Turns a SavedModel into a predictor that behaves like TensorFlow Serving behind AWS's handlers.

The model's ``code/inference.py`` may define ``input_handler(data, context)``, which returns the JSON of a predict
request, and ``output_handler(response, context)``, which turns the response into the answer. Without it the predictor
accepts CSV, JSON and JSON lines.
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
    """The response of TensorFlow Serving that a handler gets: the part of requests.Response that handlers read."""

    content: bytes
    status_code: int = 200

    @property
    def text(self) -> str:
        """The body, decoded as UTF-8."""
        return self.content.decode()

    def json(self) -> Any:
        """Parse the body as JSON."""
        return json.loads(self.content)


def load(model_dir: Path) -> Predictor:
    """Return the predictor of a model's folder: its newest version and its handlers.

    Raises:
        ModelError: there is no SavedModel, or its script fails or defines only one of the two handlers.
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
            predict_request = handlers["input_handler"](io.BytesIO(body), context)
        except (ValueError, LookupError) as error:  # raised by the handler for an unreadable request
            raise RequestError(f"the request cannot be read: {error}") from None
        answer = handlers["output_handler"](Response(json.dumps(_run_model(model, predict_request)).encode()), context)
        content, answer_type = answer
        return content.encode() if isinstance(content, str) else bytes(content), answer_type

    return predict


def _saved_model(model_dir: Path) -> Any:
    versions = sorted(
        (path.parent for path in model_dir.rglob("saved_model.pb") if path.parent.name.isdecimal()),
        key=lambda path: int(path.name),
    )
    if not versions:
        names = ", ".join(sorted(path.name for path in model_dir.iterdir())) if model_dir.is_dir() else "nothing"
        raise ModelError(
            f"there is no SavedModel in a numbered folder, such as 1/saved_model.pb; the model's folder has: {names}"
        )
    loaded = tf.saved_model.load(str(versions[-1]))
    if SIGNATURE not in loaded.signatures:
        raise ModelError(
            f"the SavedModel has no signature {SIGNATURE!r}; it has {', '.join(loaded.signatures) or 'none'}"
        )
    return loaded  # not only the signature, which does not keep alive the variables that it reads


def _handlers(model_dir: Path) -> Mapping[str, Callable[..., Any]]:
    script = model_dir / SCRIPT
    if not script.is_file():
        return DEFAULTS
    try:
        script_globals = runpy.run_path(str(script), run_name=script.stem)
    except (Exception, SystemExit) as error:
        raise ModelError(f"{SCRIPT} failed while it was loaded: {type(error).__name__}: {error}") from error
    if callable(script_globals.get("handler")):
        raise ModelError(
            f"{SCRIPT} has handler, which calls TensorFlow Serving itself; there is none here, so split it"
        )
    handlers = {name: script_globals[name] for name in DEFAULTS if callable(script_globals.get(name))}
    if len(handlers) == 1:
        raise ModelError(f"{SCRIPT} has only {', '.join(handlers)}; input_handler and output_handler go together")
    return {**DEFAULTS, **handlers}


def _run_model(model: Any, predict_request: str | bytes) -> dict[str, Any]:
    """Return the answer to a predict request, ``{"instances": [...]}``.

    Raises:
        RequestError: the request is malformed, or does not fit the model's inputs (400).
    """
    try:
        instances = json.loads(predict_request)["instances"]
        signature = model.signatures[SIGNATURE]
        specs = signature.structured_input_signature[1]
        outputs = signature(**_tensors(instances, specs))
    except (ValueError, LookupError, TypeError, tf.errors.OpError) as error:
        raise RequestError(f"the model rejects the request: {str(error).strip().splitlines()[0][:300]}") from None
    values = {name: _plain(tensor.numpy()) for name, tensor in outputs.items()}
    if len(values) == 1:
        return {"predictions": next(iter(values.values()))}
    return {"predictions": [dict(zip(values, row, strict=True)) for row in zip(*values.values(), strict=True)]}


def _tensors(instances: list[Any], specs: Mapping[str, Any]) -> dict[str, Any]:
    """Return one tensor for each input. If there are several inputs, instances contain them by name."""
    if len(specs) == 1 and not (instances and isinstance(instances[0], dict)):
        ((name, spec),) = specs.items()
        return {name: tf.constant(instances, spec.dtype)}
    return {name: tf.constant([instance[name] for instance in instances], spec.dtype) for name, spec in specs.items()}


def _plain(array: Any) -> list[Any]:
    values: list[Any] = array.tolist()
    return [_decode_strings(value) for value in values]


def _decode_strings(value: Any) -> Any:
    if isinstance(value, list):
        return [_decode_strings(item) for item in value]
    return value.decode() if isinstance(value, bytes) else value


def _input(data: Any, context: Any) -> str:
    """Return a predict request like AWS's own handler: JSON unchanged, JSON lines and CSV of numbers as instances."""
    text, content_type = data.read().decode("utf-8"), context.request_content_type
    if content_type == JSON:
        document = json.loads(text)
        return text if isinstance(document, dict) else json.dumps({"instances": document})
    if content_type == JSON_LINES:
        return json.dumps({"instances": [json.loads(line) for line in text.splitlines() if line.strip()]})
    if content_type == CSV:
        return json.dumps({"instances": [[float(cell) for cell in row] for row in csv.reader(text.splitlines())]})
    raise RequestError(f"content type {content_type!r} is not supported; use {CSV}, {JSON} or {JSON_LINES}")


def _output(response: Response, context: Any) -> tuple[bytes, str]:
    return response.content, context.accept_header


DEFAULTS: Mapping[str, Callable[..., Any]] = {"input_handler": _input, "output_handler": _output}
