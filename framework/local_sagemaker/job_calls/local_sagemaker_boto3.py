"""Has boto3 in a job answered by the account that the job runs in.

A .pth file imports this as the job's interpreter starts. A program that never imports botocore only pays for one more
entry of ``sys.meta_path``, and this module imports only what every interpreter has. Once botocore's handlers are
imported, ours are among them, for every session of the process.
"""

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from importlib.machinery import ModuleSpec
    from types import ModuleType
    from typing import Any

HANDLERS = "botocore.handlers"
EVENTS = ("provide-client-params", "before-call", "before-send")


def answer(path: str, no_credentials: "dict[str, str]", arguments: "dict[str, Any]") -> None:
    """Register handlers that answer every boto3 session of this process.

    Args:
        path: folder of the package local_sagemaker.
        no_credentials: variables that keep an SDK from looking for credentials.
        arguments: of ``local_sagemaker.job_calls.hooks``.
    """
    for name, value in no_credentials.items():  # a program may start others with a cleared environment
        os.environ.setdefault(name, value)
    if HANDLERS in sys.modules:
        _add(sys.modules[HANDLERS], path, arguments)
    else:
        sys.meta_path.insert(0, _Finder(path, arguments))


class _Finder:
    def __init__(self, path: str, arguments: "dict[str, Any]") -> None:
        self._path, self._arguments = path, arguments

    def find_spec(self, name: str, path: object = None, target: object = None) -> "ModuleSpec | None":
        if name != HANDLERS:
            return None
        from importlib.util import find_spec

        sys.meta_path.remove(self)
        spec = find_spec(name)
        if spec is not None:
            loader: Any = spec.loader
            execute = loader.exec_module

            def exec_module(module: "ModuleType") -> None:
                execute(module)
                _add(module, self._path, self._arguments)

            loader.exec_module = exec_module
        return spec


def _add(handlers: "Any", path: str, arguments: "dict[str, Any]") -> None:
    hooks: dict[str, Callable[..., Any]] = {}

    def handler(event: str) -> "Callable[..., Any]":
        def handle(**event_arguments: "Any") -> "Any":
            if not hooks:
                hooks.update(_hooks(path, arguments))
            return hooks[event](**event_arguments)

        return handle

    handlers.BUILTIN_HANDLERS += [(event, handler(event)) for event in EVENTS]


def _hooks(path: str, arguments: "dict[str, Any]") -> "dict[str, Callable[..., Any]]":
    sys.path.insert(0, path)
    try:
        from local_sagemaker.job_calls import hooks
    except Exception as error:
        python = f"{sys.executable} (Python {sys.version.split()[0]})"
        raise RuntimeError(f"boto3 cannot be answered in {python}, and nothing is sent anywhere: {error}") from error
    finally:
        sys.path.remove(path)
    return hooks(**arguments)
