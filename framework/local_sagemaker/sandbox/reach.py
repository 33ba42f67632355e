"""Defines what foreign programs can reach on this machine besides their sandbox."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from local_sagemaker.account import Account
from local_sagemaker.credentials import CREDENTIALS_FOLDER, FILE_VARIABLES, NO_CREDENTIALS
from local_sagemaker.errors import ConfigError
from local_sagemaker.sandbox.environment import INHERITED_VARIABLES

#: A file in the folder of a job whose program has started processes that may outlive it.
STARTED_MARKER = "has-started"
_PACKAGE = Path(__file__).resolve().parents[2]
#: The folder with the module that the programs' interpreters import as they start.
_AT_START = _PACKAGE / "local_sagemaker" / "job_calls"


@dataclass(frozen=True)
class Reach:
    """What a program can reach.

    ``at_start`` is the line of Python by which its interpreters have boto3 answered; ``shared`` maps a path below its
    home to the user's own folder that is linked there.
    """

    at_start: str
    shared: Mapping[str, str]


def reach(account: Account, folder: Path, is_isolated: bool) -> Reach:
    """Return what a program can reach.

    Args:
        account: the account that answers boto3.
        folder: of the job; ``STARTED_MARKER`` appears in it when a call of the program first starts a process.
        is_isolated: whether the program has network isolation; then its boto3 calls fail, as no call connects on AWS.

    Raises:
        ConfigError: see ``shared_home``.
    """
    names = (*INHERITED_VARIABLES, *FILE_VARIABLES, "HOME", "PYTHONPATH")
    start = {
        "root": str(account.root),
        "marker": str(folder / STARTED_MARKER),
        "is_isolated": is_isolated,
        "python": account.python,
        "environment": {name: os.environ[name] for name in names if name in os.environ},
    }
    import_hook = f"import sys; sys.path.insert(0, {str(_AT_START)!a}); import local_sagemaker_boto3"
    answer_calls = f"local_sagemaker_boto3.answer({str(_PACKAGE)!a}, {NO_CREDENTIALS!a}, {start!a})"
    return Reach(f"{import_hook}; del sys.path[0]; {answer_calls}", shared_home(account.config))


def shared_home(config: Mapping[str, Any]) -> dict[str, str]:
    """Return the user's folders that programs find in their home, from ``[programs] share_home`` of local.toml.

    Raises:
        ConfigError: if it is not a list of paths below the home folder, or one of them leads to credentials.
    """
    settings = config.get("programs", {})
    if not isinstance(settings, dict) or settings.keys() - {"share_home"}:
        raise ConfigError(f"[programs] of local.toml may have only share_home; it is {settings!r}")
    names, where = settings.get("share_home", []), "[programs] of local.toml: share_home"
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ConfigError(f'{where} must be a list of folders, such as [".cache/huggingface"]; it is {names!r}')
    for name in names:
        path = PurePosixPath(name)
        if path.is_absolute() or not path.parts or ".." in path.parts:
            raise ConfigError(f"{where} has {name!r}; name a folder by its path from your home folder")
        if path.parts[0] == CREDENTIALS_FOLDER:
            raise ConfigError(f"{where} has {name!r}, where credentials are; programs here get none")
    return {name: str(Path.home() / name) for name in names}
