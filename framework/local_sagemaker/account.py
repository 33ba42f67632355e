"""Defines the account: one AWS account and region that live in a folder; every other module is passed it.

<root>/records.sqlite                 all records, with every status
<root>/s3/<bucket>/<key>              objects
<root>/executions/<id>/               one execution: definition.json, execution.log
<root>/jobs/<name>/                   one job: request.json, response.json, algo-1.log
"""

from __future__ import annotations

import os
import secrets
import string
import sys
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from local_sagemaker import project
from local_sagemaker.errors import ConfigError, RootError
from local_sagemaker.objects import Objects
from local_sagemaker.processes import check_locks, start
from local_sagemaker.store import Store

DEFAULT_ROOT = ".local-sagemaker"
DEFAULTS = {"region": "us-east-1", "account": "000000000000"}
#: The default configuration, among the project's own files.
PROJECT_CONFIG = Path("pipelines", "local.toml")


@dataclass(frozen=True)
class Account:
    """A root folder with its region, ids, clock, records, objects and configuration.

    ``start`` starts a process (see ``processes.start``); ``python`` is the interpreter that runs this machine's own
    code.
    """

    root: Path
    region: str
    id: str
    config: Mapping[str, Any]
    store: Store
    objects: Objects
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    start: Callable[..., int] = start
    python: str = field(default_factory=lambda: sys.executable)

    def now(self) -> str:
        """Return the time in the format of the records: ISO 8601, UTC, to the millisecond."""
        return self.clock().isoformat(timespec="milliseconds")

    def new_id(self, length: int = 12) -> str:
        """Return random lower-case letters and digits, like those of AWS's execution ids."""
        return "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(length))

    def arn(self, resource: str) -> str:
        """Return the SageMaker ARN of a resource such as ``pipeline/Name``."""
        return f"arn:aws:sagemaker:{self.region}:{self.id}:{resource}"

    @property
    def default_bucket(self) -> str:
        """The bucket that SageMaker's SDK uses if none is named."""
        return f"sagemaker-{self.region}-{self.id}"

    @property
    def role_arn(self) -> str:
        """A role to pass where a request requires one; nothing here ever assumes it."""
        return f"arn:aws:iam::{self.id}:role/local-sagemaker"


def open_account(root: str | Path | None = None, config: str | Path | None = None) -> Account:
    """Open the account that lives in ``root``; make the folder if it does not exist.

    Args:
        root: the folder; ``.local-sagemaker`` in the working folder by default.
        config: a local.toml, whose path the root remembers. Without one: the remembered path, else
            ``pipelines/local.toml`` of the folder that holds the root, else the file that an installed project
            declares (entry point ``local_sagemaker.config``), else none.

    Raises:
        RootError: if the folder cannot be made, written to or locked, or is of another version.
        ConfigError: if local.toml does not exist or is not TOML.
    """
    folder = Path(root or DEFAULT_ROOT).resolve()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RootError(f"cannot make the root folder {folder}: {error.strerror}") from None
    if not os.access(folder, os.W_OK):
        raise RootError(f"the root folder {folder} is not writable; take another")
    check_locks(folder)
    store = Store(folder / "records.sqlite")
    settings = DEFAULTS | _read_config(_remember(store, config or _find_config(folder, store)))
    public = {
        uri.format(region=settings["region"]): target for uri, target in settings.get("public_datasets", {}).items()
    }
    objects = Objects(folder / "s3", public)
    return Account(folder, settings["region"], settings["account"], settings, store, objects)


def _find_config(root: Path, store: Store) -> str | Path | None:
    """Find the configuration of a root that was opened without one."""
    remembered = (store.get("setting", "config") or {}).get("path", "")
    if Path(remembered).is_file():
        return str(remembered)
    if (project_config := root.parent / PROJECT_CONFIG).is_file():
        return project_config
    return project.config()


def _remember(store: Store, config: str | Path | None) -> str:
    """Record the path of the configuration for later openings, as by the execution's own processes; return it."""
    if config is None:
        return ""
    path = str(Path(config).resolve())
    if (store.get("setting", "config") or {}).get("path") != path:
        with store.transaction() as records:
            records.delete("setting", "config")
            records.insert("setting", "config", {"path": path})
    return path


def _read_config(path: str) -> dict[str, Any]:
    if not path:
        return {}
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"there is no {path}; name a local.toml that exists") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise ConfigError(f"{path} is not TOML: {error}") from None
