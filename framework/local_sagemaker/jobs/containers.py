"""Resolves the containers of a model: their images, data and variables, and how to start them on this machine."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from local_sagemaker.account import Account
from local_sagemaker.errors import JobError
from local_sagemaker.jobs.job import Job
from local_sagemaker.sandbox.folders import Sandbox

MODEL, CODE = "/opt/ml/model", "/opt/ml/code"
SUBMIT_DIRECTORY = "SAGEMAKER_SUBMIT_DIRECTORY"


@dataclass(frozen=True)
class Container:
    """A container that serves a model, alone or as one of several.

    ``data`` is the URI of its archive, or of a prefix if ``packed`` is false; ``is_isolated`` says that the model has
    network isolation.
    """

    name: str
    image: str
    data: str | None
    packed: bool = True
    environment: dict[str, str] = field(default_factory=dict)
    is_isolated: bool = False


def model_containers(account: Account, model: str) -> list[Container]:
    """Return the containers of a model, in the order in which a record passes through them.

    Raises:
        JobError: if there is no such model, or no such model package.
    """
    record = account.store.get("model", model)
    if record is None:
        raise JobError(f"ClientError: Could not find model {model!r}; create it first")
    listed = record.get("Containers") or [record["PrimaryContainer"]]
    definitions = [definition for entry in listed for definition in _resolve(account, entry)]
    is_isolated = bool(record.get("EnableNetworkIsolation"))
    return [_container(f"container-{n}", definition, is_isolated) for n, definition in enumerate(definitions, 1)]


def prepare(job: Job, container: Container, folder: Path, environment: dict[str, str]) -> dict[str, Any]:
    """Lay out a container's /opt/ml; return how to start the container, as JSON.

    Args:
        job: the job that the container serves.
        container: the container.
        folder: of the instance.
        environment: the container's variables.

    Raises:
        JobError: if its model does not exist or cannot be unpacked, or its image has no local counterpart.
    """
    sandbox = Sandbox(container.name, folder / container.name)
    model_folder = sandbox.make(MODEL)
    if container.data and container.packed:
        job.unpack(container.data, model_folder)
    elif container.data:
        job.download(sandbox, container.data, MODEL, sharded=False)
    if (code := environment.get(SUBMIT_DIRECTORY, "")).startswith("s3://"):
        job.unpack(code, sandbox.make(CODE))
        environment = environment | {SUBMIT_DIRECTORY: CODE}
    program = job.program(job.image(container.image), {}, "serve", environment, container.is_isolated)
    return {"name": container.name, "folder": str(sandbox.folder), "program": asdict(program)}


def _resolve(account: Account, definition: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the definition itself or, if it names a model package, the package's container definitions."""
    name = definition.get("ModelPackageName")
    if not name:
        return [definition]
    package = account.store.get("model-package", name)
    if package is None:
        raise JobError(f"ClientError: there is no model package {name}")
    own = definition.get("Environment") or {}
    specified = package["InferenceSpecification"]["Containers"]
    return [container | {"Environment": (container.get("Environment") or {}) | own} for container in specified]


def _container(name: str, definition: dict[str, Any], is_isolated: bool) -> Container:
    source = (definition.get("ModelDataSource") or {}).get("S3DataSource") or {}
    return Container(
        name,
        definition["Image"],
        definition.get("ModelDataUrl") or source.get("S3Uri"),
        source.get("CompressionType", "Gzip") == "Gzip",
        definition.get("Environment") or {},
        is_isolated,
    )
