"""Silences what the SDK, of version 2 or 3, reports about itself while a module is compiled: to AWS, and in its log."""

from __future__ import annotations

import logging
import os
import warnings
from importlib import import_module
from importlib.util import find_spec
from typing import Any

_TELEMETRY = ("sagemaker.telemetry.telemetry_logging", "sagemaker.core.telemetry.telemetry_logging")
#: Loggers that report each default and each member that a definition leaves out, and that version 2 is old.
_LOGGERS = (
    "sagemaker.config", "sagemaker.deprecations", "sagemaker.image_uris", "sagemaker.core.image_uris",
    "sagemaker.workflow._utils", "sagemaker.workflow.utilities", "sagemaker.core.utils.utils",
    "sagemaker.core.workflow.utilities", "sagemaker.mlops.workflow.model_step", *_TELEMETRY,
)  # fmt: skip


def silence() -> None:
    """Silence the SDK, if there is one; everything else that it reports, and all that the module does, stays."""
    os.environ.setdefault("SAGEMAKER_SUPPRESS_V2_WARNING", "1")
    warnings.filterwarnings("ignore", message="Running within a PipelineSession")
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(lambda record: record.levelno >= logging.ERROR)
    for name in _TELEMETRY:
        if _exists(name):
            telemetry: Any = import_module(name)
            telemetry._send_telemetry_request = lambda *args, **kwargs: None


def _exists(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # a package that contains it does not exist
        return False
