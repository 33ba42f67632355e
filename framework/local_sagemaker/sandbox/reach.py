"""What a program that is not ours reaches of this machine, beside its sandbox."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from local_sagemaker.account import Account
from local_sagemaker.credentials import FILES, FOLDER, NONE
from local_sagemaker.errors import ConfigError
from local_sagemaker.sandbox.environment import INHERITED

#: A file in the folder of a job whose program has started processes that may outlive it.
HAS_STARTED = "has-started"
_PACKAGE = Path(__file__).resolve().parents[2]
#: With the module that the programs' interpreters import as they start.
_AT_START = _PACKAGE / "local_sagemaker" / "job_calls"


@dataclass(frozen=True)
class Reach:
    """``at_start`` is the line of Python by which the program's interpreters have boto3 answered; ``shared`` is a path
    below the program's home -> the user's own folder that stands there.
    """

    at_start: str
    shared: Mapping[str, str]


def reach(account: Account, folder: Path, is_isolated: bool) -> Reach:
    """Return what a program reaches.

    Args:
        account: answers boto3.
        folder: of the job; ``HAS_STARTED`` appears in it once a call of the program starts a process.
        is_isolated: whether the program has network isolation: boto3 is refused then, as nothing answers on AWS.

    Raises:
        ConfigError: see ``shared_home``.
    """
    names = (*INHERITED, *FILES, "HOME", "PYTHONPATH")
    start = {
        "root": str(account.root),
        "marker": str(folder / HAS_STARTED),
        "is_isolated": is_isolated,
        "python": account.python,
        "environment": {name: os.environ[name] for name in names if name in os.environ},
    }
    imported = f"import sys; sys.path.insert(0, {str(_AT_START)!a}); import local_sagemaker_boto3"
    answered = f"local_sagemaker_boto3.answer({str(_PACKAGE)!a}, {NONE!a}, {start!a})"
    return Reach(f"{imported}; del sys.path[0]; {answered}", shared_home(account.config))


def shared_home(config: Mapping[str, Any]) -> dict[str, str]:
    """Return the folders of the user's home that programs find in theirs, by ``[programs] share_home`` of local.toml.

    Raises:
        ConfigError: it is not a list of paths below the home folder, or one of them leads to credentials.
    """
    settings = config.get("programs", {})
    if not isinstance(settings, dict) or settings.keys() - {"share_home"}:
        raise ConfigError(f"[programs] of local.toml may have share_home alone; it is {settings!r}")
    wanted, where = settings.get("share_home", []), "[programs] of local.toml: share_home"
    if not isinstance(wanted, list) or not all(isinstance(name, str) for name in wanted):
        raise ConfigError(f'{where} must be a list of folders, such as [".cache/huggingface"]; it is {wanted!r}')
    for name in wanted:
        path = PurePosixPath(name)
        if path.is_absolute() or not path.parts or ".." in path.parts:
            raise ConfigError(f"{where} has {name!r}; name a folder by its path from your home folder")
        if path.parts[0] == FOLDER:
            raise ConfigError(f"{where} has {name!r}, where credentials are; no program here gets any")
    return {name: str(Path.home() / name) for name in wanted}
