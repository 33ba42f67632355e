"""Whose checks a pipeline has: by an argument, by the environment, or by project.toml, in this order."""

from __future__ import annotations

import os
import tomllib
from importlib.resources import files
from typing import Any

from local_sagemaker.near_names import did_you_mean
from local_sagemaker.tools.command_errors import UsageError

VARIABLE, SETTING, FILE = "CHECK_ENGINE", "check_engine", "project.toml"
KNOWN = ("sagemaker", "project")


def check_engine(given: Any = None) -> str:
    """One of KNOWN.

    Raises:
        UsageError: what is said is none of them.
    """
    said = {SETTING: given, VARIABLE: os.environ.get(VARIABLE), FILE: _configured()}
    where, found = next((where, value) for where, value in said.items() if value)
    if found not in KNOWN:
        hint = did_you_mean(str(found), KNOWN)
        raise UsageError(f"{where}: {SETTING} is {found!r}{hint}; it may be {' or '.join(KNOWN)}")
    return str(found)


def _configured() -> Any:
    text = files("pipelines").joinpath(FILE).read_text(encoding="utf-8")
    return tomllib.loads(text).get(SETTING, KNOWN[0])
