"""Where a container's paths lie on this machine."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from local_sagemaker.errors import JobError

BASE = PurePosixPath("/opt/ml")
_MENTION = re.compile(r"(?<![\w./-])/opt/ml(?=[/\s\"',:;]|$)")


@dataclass(frozen=True)
class Sandbox:
    """One instance (``host``: algo-1 ...) of a job, below ``folder``."""

    host: str
    folder: Path

    @property
    def base(self) -> Path:
        """What stands for /opt/ml."""
        return self.folder / "opt" / "ml"

    def path(self, container_path: str) -> Path:
        """Where a container's path lies here.

        Raises:
            JobError: the path is not below /opt/ml, or leaves it.
        """
        path = PurePosixPath(container_path)
        if not path.is_relative_to(BASE) or ".." in path.parts:
            raise JobError(f"ClientError: {container_path!r} is not below {BASE}; only paths below it exist here")
        return self.base / path.relative_to(BASE)

    def contents(self) -> list[Path]:
        """Return the folders of this sandbox, of which none is a mount point."""
        below = [path for path in self.base.iterdir() if path.is_dir() and not path.is_symlink()]
        return [*below, *(path for path in self.folder.iterdir() if path.is_dir() and path != self.base.parent)]

    def make(self, container_path: str) -> Path:
        """The same, as a folder that exists."""
        path = self.path(container_path)
        path.mkdir(parents=True, exist_ok=True)
        return path

    def write_json(self, container_path: str, document: Any) -> None:
        """Write a configuration file of the container contract."""
        path = self.path(container_path)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(document), encoding="utf-8")

    def read_text(self, container_path: str, limit: int) -> str:
        """The first ``limit`` bytes of a file that the program may have written, else nothing."""
        path = self.path(container_path)
        if not path.is_file():
            return ""
        with path.open("rb") as file:
            return file.read(limit).decode("utf-8", errors="replace").strip()

    def rewritten(self, text: str) -> str:
        """``text`` with each mention of /opt/ml turned into the folder that stands for it."""
        return _MENTION.sub(lambda _: str(self.base), text)


def files_below(folder: Path) -> list[Path]:
    """The regular files of a folder that a program filled, sorted. A link, to a file or a folder, is never followed."""
    if folder.is_symlink():
        return []
    walked = os.walk(folder, followlinks=False)
    paths = [Path(parent, name) for parent, _, names in walked for name in names]
    return sorted(path for path in paths if path.is_file() and not path.is_symlink())


def mentions_base(text: str) -> bool:
    """Whether a program spoke of /opt/ml itself: the sign of a path written into its code."""
    return bool(_MENTION.search(text))
