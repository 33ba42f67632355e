"""A mount namespace of a program's own, in which /opt/ml is the sandbox's folder: paths written into code then work.

Where the kernel or the container around us does not allow that, SAGEMAKER_BASE_DIR and rewritten arguments stand in.
https://man7.org/linux/man-pages/man7/user_namespaces.7.html
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from local_sagemaker import credentials
from local_sagemaker.sandbox.folders import BASE

CLONE_NEWNS, CLONE_NEWUSER = 0x00020000, 0x10000000
MS_BIND, MS_REC, MS_PRIVATE = 0x1000, 0x4000, 1 << 18
#: Set to anything, it makes jobs do without.
SWITCHED_OFF = "LOCAL_SAGEMAKER_WITHOUT_NAMESPACES"
PARENT = BASE.parent  # /opt


@cache
def is_available() -> bool:
    """Whether a program can have one here; tried once, on a program that does nothing."""
    if sys.platform != "linux" or os.environ.get(SWITCHED_OFF) or not Path(PARENT).is_dir():
        return False
    with TemporaryDirectory() as folder:
        base = Path(folder, "ml")
        prepare(base)
        base.joinpath("found").touch()
        try:
            done = subprocess.run(["test", "-e", f"{BASE}/found"], preexec_fn=lambda: enter(base), check=False)
        except (OSError, subprocess.SubprocessError):
            return False
        return done.returncode == 0


def prepare(base: Path) -> None:
    """Before the program starts: what becomes its /opt where the machine has no /opt/ml, a place for each entry.

    Args:
        base: what stands for /opt/ml.
    """
    base.mkdir(parents=True, exist_ok=True)
    if Path(BASE).is_dir():
        return
    _shadow(base).joinpath(BASE.name).mkdir(parents=True, exist_ok=True)
    for entry in Path(PARENT).iterdir():
        place = _shadow(base) / entry.name
        if entry.is_symlink() and not place.is_symlink():
            place.symlink_to(entry.readlink())
        elif entry.is_dir():
            place.mkdir(exist_ok=True)
        elif entry.is_file():
            place.touch()


def enter(base: Path) -> None:
    """In the program's process, before it becomes the program; what was prepared takes its place.

    Raises:
        OSError: the kernel does not allow it.
    """
    _unshare()
    for source, target in _binds(base):
        _bind(source, target)
    _hide(credentials.credential_paths(), base.parent)
    os.chdir(BASE)


def hide(places: list[Path], folder: Path) -> None:
    """Hide files and folders from this process, which has one thread, and from all that it starts.

    Where the kernel does not allow that, nothing is hidden.

    Args:
        places: to hide.
        folder: of the process's; an empty one is made in it, to stand where they are.
    """
    if not places or sys.platform != "linux" or os.environ.get(SWITCHED_OFF):
        return
    with suppress(OSError):
        _unshare()
        _hide(places, folder)


def _hide(places: list[Path], folder: Path) -> None:
    empty = folder / ".empty"
    if places:
        empty.mkdir(exist_ok=True)
    for place in places:
        _bind(empty if place.is_dir() else Path(os.devnull), place)


def _unshare() -> None:
    user, group = os.geteuid(), os.getegid()
    libc = ctypes.CDLL(None, use_errno=True)
    if user == 0:
        _call(libc.unshare, CLONE_NEWNS)
    else:  # who is not root needs a user namespace for that, in which everybody stays who they are
        _call(libc.unshare, CLONE_NEWUSER | CLONE_NEWNS)
        for file, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
            Path("/proc/self", file).write_text(text)
    _call(libc.mount, None, b"/", None, MS_REC | MS_PRIVATE, None)


def _bind(source: Path, target: Path) -> None:
    mount = ctypes.CDLL(None, use_errno=True).mount
    _call(mount, os.fsencode(source), os.fsencode(target), None, MS_BIND | MS_REC, None)


def _binds(base: Path) -> list[tuple[Path, Path]]:
    if Path(BASE).is_dir():
        return [(base, Path(BASE))]
    shadow = _shadow(base)
    entries = [e for e in Path(PARENT).iterdir() if not e.is_symlink() and (e.is_dir() or e.is_file())]
    return [*((entry, shadow / entry.name) for entry in entries), (base, shadow / BASE.name), (shadow, Path(PARENT))]


def _shadow(base: Path) -> Path:
    return base.parent / ".opt"


def _call(function: Callable[..., int], *arguments: object) -> None:
    if function(*arguments):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
