"""Builds the environment variables and the home folder of foreign code: programs and functions that are not ours."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from local_sagemaker import credentials
from local_sagemaker.sandbox import namespace

#: Variables that a program inherits from the caller's environment.
INHERITED_VARIABLES = (
    "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PATH", "SYSTEMROOT", "TMPDIR", "TZ", namespace.SWITCH_OFF_VARIABLE,
)  # fmt: skip
#: Programs share this machine: a thread that waits for others of its program must release the core. If it spins
#: instead, three training jobs at once take ten times as long.
#: https://gcc.gnu.org/onlinedocs/libgomp/OMP_005fWAIT_005fPOLICY.html
SHARED_CORES = {"OMP_WAIT_POLICY": "PASSIVE"}


def inherited_variables() -> dict[str, str]:
    """Return the variables that foreign code inherits from this process."""
    return {name: os.environ[name] for name in INHERITED_VARIABLES if name in os.environ}


def program_environment(
    requested: Mapping[str, str], home: Path, shared: Mapping[str, str], log: Path
) -> dict[str, str]:
    """Return a program's environment, through which it cannot reach the user's credentials.

    Args:
        requested: the variables that the request gives.
        home: becomes the program's own home folder.
        shared: path below ``home`` -> the user's folder to link there.
        log: the log that names the variables that are left out.
    """
    left_out = sorted(name for name in requested if credentials.is_credential_variable(name))
    if left_out:
        with log.open("a", encoding="utf-8") as file:
            file.write(f"{', '.join(left_out)}: left out, as programs here get no AWS credentials\n")
    permitted = {name: value for name, value in requested.items() if name not in left_out}
    return SHARED_CORES | inherited_variables() | {"HOME": str(home)} | permitted | _make_home(home, shared)


def _make_home(home: Path, shared: Mapping[str, str]) -> dict[str, str]:
    """Make the home folder; return the variables that keep AWS's SDKs from the user's credentials."""
    variables = credentials.make_empty_files(home)
    for name, folder in shared.items():
        place = home / name
        if not place.is_symlink():
            place.parent.mkdir(parents=True, exist_ok=True)
            place.symlink_to(folder)
    return variables
