"""Collects the facts that a virtual environment needs about its base interpreter; as a program, prints them as JSON.

Any Python 3 can run it, as it imports only the standard library.
"""

from __future__ import annotations

import json
import os
import site
import sys


def facts() -> dict[str, str | list[str]]:
    """Return facts about the interpreter that runs this.

    They are its file, the folder of its installation's interpreter, "3.11", "3.11.7", its folders of packages, and the
    path of pip if pip is not in one of these.
    """
    base: str = sys._base_executable  # type: ignore[attr-defined]
    packages = site.getsitepackages() + ([site.getusersitepackages()] if site.ENABLE_USER_SITE else [])
    free_threaded = "t" if "t" in sys.abiflags else ""
    return {
        "executable": os.path.realpath(sys.executable),
        "home": os.path.dirname(os.path.realpath(base)),
        "version": f"{sys.version_info[0]}.{sys.version_info[1]}{free_threaded}",
        "full_version": sys.version.split()[0],
        "packages": packages,
        "pip": "" if any(os.path.isdir(os.path.join(folder, "pip")) for folder in packages) else _bundled_pip(),
    }


def _bundled_pip() -> str:
    """Return the wheel of pip that comes with Python; environments that uv made have no other pip."""
    folder = os.path.join(os.path.dirname(os.__file__), "ensurepip", "_bundled")
    names = os.listdir(folder) if os.path.isdir(folder) else []  # Debian has none there
    return next((os.path.join(folder, name) for name in names if name.startswith("pip-")), "")


if __name__ == "__main__":
    print(json.dumps(facts()))
