"""The environment variables and the home folder of code that is not ours."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from local_sagemaker import credentials
from local_sagemaker.sandbox import namespace

#: What a program inherits of the caller's environment.
INHERITED = (
    "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PATH", "SYSTEMROOT", "TMPDIR", "TZ", namespace.SWITCHED_OFF,
)  # fmt: skip
#: Programs share this machine: a thread that waits for others of its program lets another program have the core. Where
#: it spins instead, three trainings at once take ten times as long.
#: https://gcc.gnu.org/onlinedocs/libgomp/OMP_005fWAIT_005fPOLICY.html
SHARED_CORES = {"OMP_WAIT_POLICY": "PASSIVE"}


def inherited_variables() -> dict[str, str]:
    """Return what code that is not ours gets of this process's environment."""
    return {name: os.environ[name] for name in INHERITED if name in os.environ}


def program_environment(
    requested: Mapping[str, str], home: Path, shared: Mapping[str, str], log: Path
) -> dict[str, str]:
    """Return a program's environment; from it leads no way to the user's credentials.

    Args:
        requested: the variables that the request gives.
        home: becomes the program's home folder; what the program keeps there is its own.
        shared: path below ``home`` -> folder of the user's that stands there.
        log: names the variables that are left out.
    """
    left_out = sorted(name for name in requested if credentials.is_credential_variable(name))
    if left_out:
        with log.open("a", encoding="utf-8") as file:
            file.write(f"{', '.join(left_out)}: left out, as no program here gets credentials of AWS\n")
    given = {name: value for name, value in requested.items() if name not in left_out}
    return SHARED_CORES | inherited_variables() | {"HOME": str(home)} | given | _make(home, shared)


def _make(home: Path, shared: Mapping[str, str]) -> dict[str, str]:
    variables = credentials.empty_files(home)
    for name, folder in shared.items():
        place = home / name
        if not place.is_symlink():
            place.parent.mkdir(parents=True, exist_ok=True)
            place.symlink_to(folder)
    return variables
