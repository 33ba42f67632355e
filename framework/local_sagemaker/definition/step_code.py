"""Find the Python scripts of a step, with the files that travel with them, where the objects of S3 can be read."""

from __future__ import annotations

import io
import json
import posixpath
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

#: Returns the code that an S3 URI names: path below the URI (an object's own name, if it is one) -> content.
ReadCode = Callable[[str], Mapping[str, bytes]]
#: What is read of an input, as code: scripts, packed or not, and their requirements.
CODE_SUFFIXES = (".py", ".pyz", ".tar.gz", "requirements.txt")
MAX_BYTES = 50 << 20  # of an object; larger ones are not read
_PROGRAM, _SUBMIT_DIRECTORY = "sagemaker_program", "sagemaker_submit_directory"
_TOOLKIT_FOLDER = "/opt/ml/code"


class StepCode(NamedTuple):
    """A script: the member of the Arguments that names it, its image, and the files by their paths in the container.

    ``folders`` are those of PYTHONPATH.
    """

    member: str
    image: str
    script: str
    files: Mapping[str, bytes]
    folders: tuple[str, ...]

    @property
    def requirements(self) -> str | None:
        """The text of requirements.txt beside the script; None if there is none."""
        content = self.files.get(posixpath.join(posixpath.dirname(self.script), "requirements.txt"))
        return None if content is None else content.decode("utf-8", errors="replace")


def no_code(uri: str) -> Mapping[str, bytes]:
    """Return nothing: a ReadCode where no object can be read."""
    return {}


def is_code(name: str, size: int) -> bool:
    """Return whether an object may be code."""
    return name.endswith(CODE_SUFFIXES) and size <= MAX_BYTES


def step_code(arguments: Mapping[str, Any], read: ReadCode) -> Iterator[StepCode]:
    """Yield the scripts of a step's Arguments that can be read."""
    if isinstance(specification := arguments.get("AppSpecification"), dict):
        yield from _processing_code(arguments, specification, read)
    for prefix, request in (("", arguments), ("TrainingJobDefinition.", _object(arguments, "TrainingJobDefinition"))):
        image = _object(request, "AlgorithmSpecification").get("TrainingImage")
        for name in ("HyperParameters", "StaticHyperParameters"):
            yield from _toolkit_code(f"{prefix}{name}", image, _object(request, name), read, str.lower)
    container = _object(arguments, "PrimaryContainer")
    yield from _toolkit_code(
        "PrimaryContainer.Environment", container.get("Image"), _object(container, "Environment"), read, str.upper
    )


def _processing_code(
    arguments: Mapping[str, Any], specification: Mapping[str, Any], read: ReadCode
) -> Iterator[StepCode]:
    """Yield the script that the entrypoint of a processing job names."""
    image = specification.get("ImageUri")
    members = ("ContainerEntrypoint", "ContainerArguments")
    command = [(name, str(part)) for name in members for part in _list(specification, name)]
    scripts = [(name, part) for name, part in command if part.startswith("/") and part.endswith((".py", ".pyz"))]
    if not isinstance(image, str) or not scripts:
        return
    member, script = scripts[0]
    files: dict[str, bytes] = {}
    for entry in _list(arguments, "ProcessingInputs"):
        source = _object(entry, "S3Input") if isinstance(entry, dict) else {}
        if isinstance(source.get("S3Uri"), str) and isinstance(source.get("LocalPath"), str):
            files |= {posixpath.join(source["LocalPath"], name): text for name, text in read(source["S3Uri"]).items()}
    path = str(_object(arguments, "Environment").get("PYTHONPATH", ""))
    folders = tuple(filter(None, path.split(":")))
    if script.endswith(".pyz") and script in files:
        root = script.removesuffix(".pyz")
        files = {posixpath.join(root, name): content for name, content in _unpack_zip(files[script]).items()}
        script = f"{root}/__main__.py"
    if script in files:
        yield StepCode(f"AppSpecification.{member}", image, script, files, folders)


def _toolkit_code(
    member: str, image: Any, settings: Mapping[str, Any], read: ReadCode, convert: Callable[[str], str]
) -> Iterator[StepCode]:
    """Yield the script that AWS's toolkits run: its name and its archive are hyperparameters, or variables."""
    program, uri = (_text(settings.get(convert(name))) for name in (_PROGRAM, _SUBMIT_DIRECTORY))
    if not isinstance(image, str) or not program or not uri.startswith("s3://"):
        return
    for name, archive in read(uri).items():
        if name.endswith(".tar.gz"):
            files = {posixpath.join(_TOOLKIT_FOLDER, path): text for path, text in _unpack_tar(archive).items()}
            script = posixpath.join(_TOOLKIT_FOLDER, program)
            script = script if script in files else f"{script}.py"
            if script in files:
                yield StepCode(member, image, script, files, ())


def _unpack_zip(content: bytes) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return {entry.filename: archive.read(entry) for entry in archive.infolist() if _is_small_code(entry)}
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError):
        return {}  # the job reports it


def _is_small_code(entry: zipfile.ZipInfo) -> bool:
    return is_code(entry.filename, entry.file_size)


def _unpack_tar(content: bytes) -> dict[str, bytes]:
    try:
        with tarfile.open(fileobj=io.BytesIO(content)) as archive:
            entries = [entry for entry in archive if entry.isfile() and is_code(entry.name, entry.size)]
            return {posixpath.normpath(e.name): file.read() for e in entries if (file := archive.extractfile(e))}
    except (tarfile.TarError, zlib.error, EOFError, OSError):
        return {}  # the job reports it


def _text(value: Any) -> str:
    """Return a value of the toolkit, which the SDK writes as JSON."""
    if not isinstance(value, str):
        return ""
    try:
        decoded = json.loads(value)
    except ValueError:
        return value
    return decoded if isinstance(decoded, str) else ""


def _object(value: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    member = value.get(name)
    return member if isinstance(member, dict) else {}


def _list(value: Mapping[str, Any], name: str) -> list[Any]:
    member = value.get(name)
    return member if isinstance(member, list) else []
