"""Select a pipeline's checks: by an argument, by the environment, or by project.toml, in this order."""

from __future__ import annotations

import os
import tomllib
from importlib.resources import files
from typing import Any

from local_sagemaker.near_names import did_you_mean
from local_sagemaker.tools.command_errors import UsageError

ENGINE_VARIABLE, ENGINE_SETTING, PROJECT_FILE = "CHECK_ENGINE", "check_engine", "project.toml"
CHECK_ENGINES = ("sagemaker", "project")


def check_engine(argument: Any = None) -> str:
    """Return the engine that is selected, one of CHECK_ENGINES.

    Raises:
        UsageError: the setting names another engine.
    """
    settings = {
        ENGINE_SETTING: argument,
        ENGINE_VARIABLE: os.environ.get(ENGINE_VARIABLE),
        PROJECT_FILE: _read_project_file(),
    }
    source, engine = next((source, value) for source, value in settings.items() if value)
    if engine not in CHECK_ENGINES:
        hint = did_you_mean(str(engine), CHECK_ENGINES)
        raise UsageError(f"{source}: {ENGINE_SETTING} is {engine!r}{hint}; it may be {' or '.join(CHECK_ENGINES)}")
    return str(engine)


def _read_project_file() -> Any:
    text = files("pipelines").joinpath(PROJECT_FILE).read_text(encoding="utf-8")
    return tomllib.loads(text).get(ENGINE_SETTING, CHECK_ENGINES[0])
