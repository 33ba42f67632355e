"""The containers of a model: what their images, data and variables are, and where they run on this machine."""

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
    """One of a model; ``data`` is the URI of its archive, or of a prefix where ``packed`` is false; ``is_isolated``
    says that the model has network isolation.
    """

    name: str
    image: str
    data: str | None
    packed: bool = True
    environment: dict[str, str] = field(default_factory=dict)
    is_isolated: bool = False


def containers(account: Account, model: str) -> list[Container]:
    """Those of a model, in the order in which a record goes through them.

    Raises:
        JobError: there is no such model, or no such model package.
    """
    record = account.store.get("model", model)
    if record is None:
        raise JobError(f"ClientError: Could not find model {model!r}; create it first")
    given = record.get("Containers") or [record["PrimaryContainer"]]
    found = [one for definition in given for one in _resolved(account, definition)]
    is_isolated = bool(record.get("EnableNetworkIsolation"))
    return [_container(f"container-{number}", one, is_isolated) for number, one in enumerate(found, 1)]


def prepare(job: Job, container: Container, folder: Path, environment: dict[str, str]) -> dict[str, Any]:
    """Lay out a container's /opt/ml; how it is started, as JSON.

    Args:
        job: that it serves.
        container: which.
        folder: of the instance.
        environment: what it is told.

    Raises:
        JobError: its model is not there, or cannot be unpacked; or nothing here stands for its image.
    """
    sandbox = Sandbox(container.name, folder / container.name)
    folder_of_model = sandbox.make(MODEL)
    if container.data and container.packed:
        job.unpack(container.data, folder_of_model)
    elif container.data:
        job.download(sandbox, container.data, MODEL, sharded=False)
    if (code := environment.get(SUBMIT_DIRECTORY, "")).startswith("s3://"):
        job.unpack(code, sandbox.make(CODE))
        environment = environment | {SUBMIT_DIRECTORY: CODE}
    program = job.program(job.image(container.image), {}, "serve", environment, container.is_isolated)
    return {"name": container.name, "folder": str(sandbox.folder), "program": asdict(program)}


def _resolved(account: Account, definition: dict[str, Any]) -> list[dict[str, Any]]:
    """A container definition; of one that names a model package, those of the package."""
    name = definition.get("ModelPackageName")
    if not name:
        return [definition]
    package = account.store.get("model-package", name)
    if package is None:
        raise JobError(f"ClientError: there is no model package {name}")
    own = definition.get("Environment") or {}
    specified = package["InferenceSpecification"]["Containers"]
    return [one | {"Environment": (one.get("Environment") or {}) | own} for one in specified]


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
