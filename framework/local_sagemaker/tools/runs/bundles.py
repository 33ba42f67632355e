"""Writes a definition with all the code that it names as a folder, and reads it again, on any machine, without the SDK.

pipeline.json      the pipeline's name and tags
definition.json    the definition, byte for byte
s3/BUCKET/KEY      each object that compiling the module would upload
"""

from __future__ import annotations

import json
from pathlib import Path

from local_sagemaker.tools.command_errors import UsageError
from local_sagemaker.tools.compiling.compiled import Compiled
from local_sagemaker.tools.sources import BUNDLED_DEFINITION

PIPELINE, OBJECTS = "pipeline.json", "s3"


def write(code: Compiled, folder: Path) -> None:
    """Write a compiled pipeline to a folder that does not exist yet, or is empty.

    Raises:
        UsageError: the folder exists and is not empty, or cannot be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{str(folder)!r} exists already; choose another folder")
    facts = {"name": code.name, "tags": code.tags}
    files = {PIPELINE: json.dumps(facts, indent=2).encode(), BUNDLED_DEFINITION: code.definition.encode()}
    files |= {f"{OBJECTS}/{bucket}/{key}": content for (bucket, key), content in code.uploads.items()}
    try:
        for name, content in files.items():
            path = _inside(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    except OSError as error:
        raise UsageError(f"cannot write {str(folder)!r}: {error.strerror}") from None


def read(folder: Path) -> Compiled:
    """Return the compiled pipeline that a folder holds.

    Raises:
        UsageError: it is not a bundle.
    """
    try:
        facts = json.loads(folder.joinpath(PIPELINE).read_text(encoding="utf-8"))
        definition = folder.joinpath(BUNDLED_DEFINITION).read_text(encoding="utf-8")
        name, tags = facts["name"], facts["tags"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{str(folder)!r} is not a folder that definition --bundle wrote: {error!r}") from None
    objects = folder / OBJECTS
    names = sorted(path.relative_to(objects).as_posix() for path in objects.rglob("*") if path.is_file())
    uploads = {_bucket_and_key(key): _inside(objects, key).read_bytes() for key in names}
    return Compiled(name, definition, tags, uploads)


def _bucket_and_key(name: str) -> tuple[str, str]:
    bucket, _, key = name.partition("/")
    return bucket, key


def _inside(folder: Path, name: str) -> Path:
    """Return the path of a file; raise UsageError if its key, or a link, leads out of the folder."""
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()) or ".." in name.split("/"):
        raise UsageError(f"the object {name!r} cannot be a file of {str(folder)!r}")
    return path
