"""A script of the user's as a predictor, by the rules of AWS's inference toolkit.

``model_fn(model_dir)`` loads; ``input_fn(body, content_type)``, ``predict_fn(data, model)`` and
``output_fn(prediction, accept)`` are the script's, else the image's own; the script may have
``transform_fn(model, body, content_type, accept)`` instead of these three. Each may take a context as one
more argument. The script is SAGEMAKER_PROGRAM in SAGEMAKER_SUBMIT_DIRECTORY, by default in ``code/`` of the model.
https://sagemaker.readthedocs.io/en/stable/frameworks/sklearn/using_sklearn.html#sagemaker-scikit-learn-model-server
"""

from __future__ import annotations

import inspect
import os
import runpy
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Lock
from typing import Any

from local_sagemaker.serving.arrays import decode, encode
from local_sagemaker.serving.media_types import CSV, JSON, JSON_LINES, media_type
from local_sagemaker.serving.server import ModelError, Predictor

PROGRAM, SUBMIT_DIRECTORY = "SAGEMAKER_PROGRAM", "SAGEMAKER_SUBMIT_DIRECTORY"
DEFAULT_ACCEPT = "SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT"
#: What a function gets as text; anything else comes as bytes.
TEXTS = (CSV, JSON, JSON_LINES)
Functions = Mapping[str, Callable[..., Any]]

DEFAULTS: Functions = {
    "input_fn": decode,
    "predict_fn": lambda data, model: model.predict(data),
    "output_fn": encode,
}


def has_script() -> bool:
    """Whether the container was told of a script."""
    return bool(os.environ.get(PROGRAM))


def load(model_dir: Path, defaults: Functions = DEFAULTS) -> Predictor:
    """The script's predictor, with its model.

    Args:
        model_dir: /opt/ml/model.
        defaults: for the functions that the script does not have.

    Raises:
        ModelError: there is no such script, it fails, or it has no model_fn.
    """
    functions = _functions(_script(model_dir))
    if "transform_fn" in functions and (both := functions.keys() & DEFAULTS.keys()):
        raise ModelError(f"the script has transform_fn and {', '.join(sorted(both))}; it must have one or the other")
    given = {**defaults, **functions}
    if "model_fn" not in given:
        raise ModelError(f"{os.environ[PROGRAM]} has no function model_fn(model_dir)")
    model, lock = _call(given["model_fn"], str(model_dir)), Lock()

    def predict(body: bytes, content_type: str, accept: str) -> tuple[bytes, str]:
        with lock:  # AWS's workers are processes: a script is never called by two threads
            return answer(body, content_type, accept)

    def answer(body: bytes, content_type: str, accept: str) -> tuple[bytes, str]:
        kind = accept if accept not in ("", "*/*") else os.environ.get(DEFAULT_ACCEPT, CSV)
        data: Any = body.decode("utf-8") if media_type(content_type) in TEXTS else body
        if "transform_fn" in given:
            return _answer(_call(given["transform_fn"], model, data, content_type, kind), kind)
        data = _call(given["input_fn"], data, content_type)
        return _answer(_call(given["output_fn"], _call(given["predict_fn"], data, model), kind), kind)

    return predict


def _script(model_dir: Path) -> Path:
    folder = Path(os.environ.get(SUBMIT_DIRECTORY) or model_dir / "code")
    script = folder / os.environ[PROGRAM]
    if not script.is_file():
        there = ", ".join(sorted(p.name for p in folder.iterdir())) if folder.is_dir() else "no such folder"
        raise ModelError(f"there is no script {script.name} in {folder}: {there or 'it is empty'}")
    if folder.joinpath("requirements.txt").is_file():
        print(f"{folder / 'requirements.txt'} is not installed here: the script runs with this environment", flush=True)
    return script


def _functions(script: Path) -> dict[str, Callable[..., Any]]:
    sys.path.insert(0, str(script.parent))
    try:
        found = runpy.run_path(str(script), run_name=script.stem)
    except (Exception, SystemExit) as error:
        raise ModelError(f"{script.name} failed as it was loaded: {type(error).__name__}: {error}") from error
    names = ("model_fn", "input_fn", "predict_fn", "output_fn", "transform_fn")
    return {name: found[name] for name in names if callable(found.get(name))}


def _call(function: Callable[..., Any], *arguments: Any) -> Any:
    """With a context, of which there is none here, where the function demands one more argument."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except ValueError:  # a builtin
        return function(*arguments)
    demanded = [
        p for p in parameters if p.default is p.empty and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
    ]
    return function(*arguments, None) if len(demanded) == len(arguments) + 1 else function(*arguments)


def _answer(result: Any, accept: str) -> tuple[bytes, str]:
    """A body, or a pair of a body and its content type."""
    body, kind = result if isinstance(result, tuple) else (result, accept)
    if not isinstance(body, str | bytes | bytearray):
        raise TypeError(f"the script's answer is a {type(body).__name__}; it must be text or bytes")
    return body.encode() if isinstance(body, str) else bytes(body), kind
