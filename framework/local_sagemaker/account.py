"""Defines the account: one AWS account and region that live in a folder; every other module is passed it.

<root>/records.sqlite                 all records, with every status
<root>/s3/<bucket>/<key>              objects
<root>/executions/<id>/               one execution: definition.json, execution.log
<root>/jobs/<name>/                   one job: request.json, response.json, algo-1.log
"""

from __future__ import annotations

import secrets
import string
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from local_sagemaker.objects import Objects
from local_sagemaker.processes import start
from local_sagemaker.root import DEFAULT_ROOT, RECORDS_FILE, prepare_root
from local_sagemaker.settings import read_settings
from local_sagemaker.store import Store


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
    config_file: Path | None = None
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
        config: a local.toml, which the root remembers; see ``settings.read_settings``.

    Raises:
        RootError: the folder cannot be made or locked, is new and cannot be written to, or is of another version.
        ConfigError: local.toml does not exist, is not TOML, or has another account or region than the root.
    """
    folder = Path(root or DEFAULT_ROOT).resolve()
    prepare_root(folder)
    store = Store(folder / RECORDS_FILE)
    settings, file = read_settings(store, config)
    public = {
        uri.format(region=settings["region"]): target for uri, target in settings.get("public_datasets", {}).items()
    }
    objects = Objects(folder / "s3", public)
    return Account(folder, settings["region"], settings["account"], settings, store, objects, file)
