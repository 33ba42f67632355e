"""List the Python packages of AWS's images: what a script can import on AWS, whatever is installed on this machine.

Each list is complete, and names the public build files that it was read from; ``resolved`` names the distributions
whose version those files leave open. Images that AWS builds on packages which no public file names have no list.
"""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_URI = re.compile(r"(?:.*/)?(?P<repository>[^/:@]+):(?P<tag>[\w.-]+)$")
#: Python 3.12 no longer has them: https://docs.python.org/3/whatsnew/3.12.html#removed
_REMOVED_MODULES = frozenset({"asynchat", "asyncore", "distutils", "imp", "smtpd"})


@dataclass(frozen=True)
class ImagePackages:
    """The packages of an image; ``modules`` are the top-level names that its Python can import, besides its own."""

    repository: str
    tag: str
    python: str
    source: str
    distributions: dict[str, str]
    modules: frozenset[str]

    @property
    def name(self) -> str:
        """The image, as messages name it."""
        return f"{self.repository}:{self.tag}"

    def has(self, module: str) -> bool:
        """Return whether the image's Python has a top-level module."""
        if module in _REMOVED_MODULES:
            return module in self.modules or tuple(map(int, self.python.split("."))) < (3, 12)
        return module in self.modules or module in sys.stdlib_module_names


def packages_of(uri: str) -> ImagePackages | None:
    """Return the packages of the image with this URI; None if there is no list of them."""
    match = _URI.match(uri)
    for packages in _all_packages() if match else ():
        if match and packages.repository == match["repository"] and _is_version(packages.tag, match["tag"]):
            return packages
    return None


def _is_version(version: str, tag: str) -> bool:
    """Return whether a tag is that of a version: ``3.2-0-cpu-py3`` of 3.2-0, ``2.19.0-cpu-...`` of 2.19."""
    return tag.startswith(version) and not tag[len(version) : len(version) + 1].isdigit()


@cache
def _all_packages() -> list[ImagePackages]:
    return [_read(path) for path in sorted(Path(__file__).parent.glob("*.json"))]


def _read(path: Path) -> ImagePackages:
    document = json.loads(path.read_text(encoding="utf-8"))
    del document["resolved"]
    return ImagePackages(**document | {"modules": frozenset(document["modules"])})
