"""Turns the user's script into a predictor, by the rules of AWS's inference toolkit.

The script's ``model_fn(model_dir)`` loads the model. It may define ``input_fn(body, content_type)``,
``predict_fn(data, model)`` and ``output_fn(prediction, accept)``, which otherwise are the image's own, or
``transform_fn(model, body, content_type, accept)`` instead of these three. Each may take a context as one
more argument. The script is SAGEMAKER_PROGRAM in SAGEMAKER_SUBMIT_DIRECTORY, by default in ``code/`` of the model.
https://sagemaker.readthedocs.io/en/stable/frameworks/sklearn/using_sklearn.html#sagemaker-scikit-learn-model-server
"""

from __future__ import annotations

import importlib
import inspect
import os
import runpy
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Lock
from typing import Any

from local_sagemaker.script_mode import requirements
from local_sagemaker.serving.arrays import decode, encode
from local_sagemaker.serving.media_types import CSV, JSON, JSON_LINES, media_type
from local_sagemaker.serving.server import ModelError, Predictor

PROGRAM, SUBMIT_DIRECTORY = "SAGEMAKER_PROGRAM", "SAGEMAKER_SUBMIT_DIRECTORY"
DEFAULT_ACCEPT = "SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT"
#: Content types that a function gets as a string; it gets all others as bytes.
TEXT_TYPES = (CSV, JSON, JSON_LINES)
Functions = Mapping[str, Callable[..., Any]]

DEFAULTS: Functions = {
    "input_fn": decode,
    "predict_fn": lambda data, model: model.predict(data),
    "output_fn": encode,
}


def has_script() -> bool:
    """Return whether the container's environment names a script."""
    return bool(os.environ.get(PROGRAM))


def load(model_dir: Path, defaults: Functions = DEFAULTS) -> Predictor:
    """Load the script and its model; return the predictor.

    Args:
        model_dir: /opt/ml/model.
        defaults: replace the functions that the script does not define.

    Raises:
        ModelError: the script does not exist, fails, or has no model_fn.
    """
    script_functions = _functions(_script(model_dir))
    if "transform_fn" in script_functions and (both := script_functions.keys() & DEFAULTS.keys()):
        raise ModelError(f"the script has transform_fn and {', '.join(sorted(both))}; define only one of the two ways")
    functions = {**defaults, **script_functions}
    if "model_fn" not in functions:
        raise ModelError(f"{os.environ[PROGRAM]} has no function model_fn(model_dir)")
    model, lock = _call(functions["model_fn"], str(model_dir)), Lock()

    def predict(body: bytes, content_type: str, accept: str) -> tuple[bytes, str]:
        with lock:  # AWS's workers are processes: a script is never called by two threads
            return answer(body, content_type, accept)

    def answer(body: bytes, content_type: str, accept: str) -> tuple[bytes, str]:
        answer_type = accept if accept not in ("", "*/*") else os.environ.get(DEFAULT_ACCEPT, CSV)
        data: Any = body.decode("utf-8") if media_type(content_type) in TEXT_TYPES else body
        if "transform_fn" in functions:
            return _body_and_type(_call(functions["transform_fn"], model, data, content_type, answer_type), answer_type)
        data = _call(functions["input_fn"], data, content_type)
        return _body_and_type(
            _call(functions["output_fn"], _call(functions["predict_fn"], data, model), answer_type), answer_type
        )

    return predict


def _script(model_dir: Path) -> Path:
    folder = Path(os.environ.get(SUBMIT_DIRECTORY) or model_dir / "code")
    script = folder / os.environ[PROGRAM]
    if not script.is_file():
        names = ", ".join(sorted(p.name for p in folder.iterdir())) if folder.is_dir() else ""
        raise ModelError(f"the script {script.name} is not in {folder}, which has: {names or 'nothing'}")
    if reason := requirements.install(folder):
        raise ModelError(reason)
    importlib.invalidate_caches()
    return script


def _functions(script: Path) -> dict[str, Callable[..., Any]]:
    sys.path.insert(0, str(script.parent))
    try:
        script_globals = runpy.run_path(str(script), run_name=script.stem)
    except (Exception, SystemExit) as error:
        raise ModelError(f"{script.name} failed while it was loaded: {type(error).__name__}: {error}") from error
    names = ("model_fn", "input_fn", "predict_fn", "output_fn", "transform_fn")
    return {name: script_globals[name] for name in names if callable(script_globals.get(name))}


def _call(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call a function; add None as the context if it demands one more argument, as there is no context here."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except ValueError:  # a builtin
        return function(*arguments)
    required = [
        p for p in parameters if p.default is p.empty and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
    ]
    return function(*arguments, None) if len(required) == len(arguments) + 1 else function(*arguments)


def _body_and_type(result: Any, accept: str) -> tuple[bytes, str]:
    """Split a script's answer: a body, or a pair of a body and its content type."""
    body, answer_type = result if isinstance(result, tuple) else (result, accept)
    if not isinstance(body, str | bytes | bytearray):
        raise TypeError(f"the script's answer is a {type(body).__name__}; it must be a string or bytes")
    return body.encode() if isinstance(body, str) else bytes(body), answer_type
