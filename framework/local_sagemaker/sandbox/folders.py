"""Maps a container's paths to folders on this machine."""

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
    """One instance of a job, whose name is ``host`` (algo-1 ...), with its files below ``folder``."""

    host: str
    folder: Path

    @property
    def base(self) -> Path:
        """The folder that replaces /opt/ml."""
        return self.folder / "opt" / "ml"

    def path(self, container_path: str) -> Path:
        """Return the local path of a container's path.

        Raises:
            JobError: if the path is not below /opt/ml, or leaves it.
        """
        path = PurePosixPath(container_path)
        if not path.is_relative_to(BASE) or ".." in path.parts:
            raise JobError(f"ClientError: {container_path!r} is not below {BASE}; only paths below it exist here")
        return self.base / path.relative_to(BASE)

    def contents(self) -> list[Path]:
        """Return the folders of this sandbox that are not mount points."""
        below = [path for path in self.base.iterdir() if path.is_dir() and not path.is_symlink()]
        return [*below, *(path for path in self.folder.iterdir() if path.is_dir() and path != self.base.parent)]

    def make(self, container_path: str) -> Path:
        """Make the folder of a container's path, if it does not exist; return it."""
        path = self.path(container_path)
        path.mkdir(parents=True, exist_ok=True)
        return path

    def write_json(self, container_path: str, document: Any) -> None:
        """Write a configuration file of the container contract."""
        path = self.path(container_path)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(document), encoding="utf-8")

    def read_text(self, container_path: str, limit: int) -> str:
        """Return the first ``limit`` bytes of a file that the program may have written, or an empty string."""
        path = self.path(container_path)
        if not path.is_file():
            return ""
        with path.open("rb") as file:
            return file.read(limit).decode("utf-8", errors="replace").strip()

    def rewrite(self, text: str) -> str:
        """Return ``text`` with each mention of /opt/ml replaced by the local folder."""
        return _MENTION.sub(lambda _: str(self.base), text)


def files_below(folder: Path) -> list[Path]:
    """Return the regular files of a folder that a program filled, sorted; links are not followed."""
    if folder.is_symlink():
        return []
    walked = os.walk(folder, followlinks=False)
    paths = [Path(parent, name) for parent, _, names in walked for name in names]
    return sorted(path for path in paths if path.is_file() and not path.is_symlink())


def mentions_base(text: str) -> bool:
    """Return whether a text mentions /opt/ml: in a log, the sign of a path that is hard-coded in a program."""
    return bool(_MENTION.search(text))
