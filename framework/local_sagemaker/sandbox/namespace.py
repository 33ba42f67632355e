"""Gives a program its own mount namespace, in which /opt/ml is the sandbox's folder, so that hard-coded paths work.

If the kernel or the surrounding container forbids it, SAGEMAKER_BASE_DIR and rewritten arguments are used instead.
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
#: If it is set to anything, jobs do without namespaces.
SWITCH_OFF_VARIABLE = "LOCAL_SAGEMAKER_WITHOUT_NAMESPACES"
PARENT = BASE.parent  # /opt


@cache
def is_available() -> bool:
    """Return whether a program can have its own namespace here; tried only once, on a program that does nothing."""
    if sys.platform != "linux" or os.environ.get(SWITCH_OFF_VARIABLE) or not Path(PARENT).is_dir():
        return False
    with TemporaryDirectory() as folder:
        base = Path(folder, "ml")
        prepare(base)
        base.joinpath("marker").touch()
        try:
            process = subprocess.run(["test", "-e", f"{BASE}/marker"], preexec_fn=lambda: enter(base), check=False)
        except (OSError, subprocess.SubprocessError):
            return False
        return process.returncode == 0


def prepare(base: Path) -> None:
    """Make the program's /opt, before it starts, if the machine has no /opt/ml, with a mount point for each entry.

    Args:
        base: the folder that replaces /opt/ml.
    """
    base.mkdir(parents=True, exist_ok=True)
    if Path(BASE).is_dir():
        return
    _shadow(base).joinpath(BASE.name).mkdir(parents=True, exist_ok=True)
    for entry in Path(PARENT).iterdir():
        mount_point = _shadow(base) / entry.name
        if entry.is_symlink() and not mount_point.is_symlink():
            mount_point.symlink_to(entry.readlink())
        elif entry.is_dir():
            mount_point.mkdir(exist_ok=True)
        elif entry.is_file():
            mount_point.touch()


def enter(base: Path) -> None:
    """Enter a new namespace with the prepared folders, in the child process between fork and exec.

    Raises:
        OSError: if the kernel does not allow it.
    """
    _unshare()
    for source, target in _binds(base):
        _bind(source, target)
    _hide(credentials.credential_paths(), base.parent)
    os.chdir(BASE)


def hide(paths: list[Path], folder: Path) -> None:
    """Hide files and folders from this process, which must have one thread, and from all that it starts.

    If the kernel does not allow it, nothing is hidden.

    Args:
        paths: the files and folders to hide.
        folder: of the process; an empty folder is made in it and mounted over them.
    """
    if not paths or sys.platform != "linux" or os.environ.get(SWITCH_OFF_VARIABLE):
        return
    with suppress(OSError):
        _unshare()
        _hide(paths, folder)


def _hide(paths: list[Path], folder: Path) -> None:
    empty = folder / ".empty"
    if paths:
        empty.mkdir(exist_ok=True)
    for path in paths:
        _bind(empty if path.is_dir() else Path(os.devnull), path)


def _unshare() -> None:
    user, group = os.geteuid(), os.getegid()
    libc = ctypes.CDLL(None, use_errno=True)
    if user == 0:
        _call(libc.unshare, CLONE_NEWNS)
    else:  # without root this needs a user namespace, in which user and group ids stay the same
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
