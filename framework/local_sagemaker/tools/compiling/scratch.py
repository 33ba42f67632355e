"""Makes a copy of a root for a module to be compiled in, so that compiling changes nothing."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from local_sagemaker.account import Account, open_account
from local_sagemaker.root import RECORDS_FILE

#: What get_pipeline can look up besides records: objects, under keys of each kind, and their headers.
_COPIED = ("s3", "s3-apart", "s3-headers")
#: Of a root without a local.toml of its own.
_CONFIG = 'region = "{region}"\n'


@contextmanager
def scratch_account(root: Path | None, region: str) -> Iterator[Account]:
    """Yield an account that is removed when the block ends.

    Args:
        root: the root to copy; None for an empty account.
        region: of the empty account.
    """
    parent = root / "tmp" if root else None
    with tempfile.TemporaryDirectory(prefix="compile-", dir=parent) as folder:
        scratch = Path(folder, "root")
        if root:
            _copy(root, scratch)
            yield open_account(scratch)
        else:
            config = Path(folder, "local.toml")
            config.write_text(_CONFIG.format(region=region), encoding="utf-8")
            yield open_account(scratch, config)


def _copy(root: Path, copy: Path) -> None:
    """Copy the records, and link the objects: an object that is written replaces its file, and so changes no other."""
    copy.mkdir()
    with closing(sqlite3.connect(root / RECORDS_FILE)) as records, closing(sqlite3.connect(copy / RECORDS_FILE)) as new:
        records.backup(new)
    for name in _COPIED:
        if root.joinpath(name).is_dir():
            shutil.copytree(root / name, copy / name, copy_function=os.link)


def written_objects(account: Account, root: Path | None) -> dict[tuple[str, str], bytes]:
    """Return the objects that a scratch account has and its root has not, by bucket and key."""
    before = open_account(root).objects if root else None
    written = {}
    for bucket in account.objects.buckets():
        for key, path in account.objects.keys(bucket):
            old = before.find(bucket, key) if before else None
            is_public = f"s3://{bucket}/{key}" in account.objects.public
            if not is_public and not key.endswith("/") and not (old and old.samefile(path)):
                written[bucket, key] = path.read_bytes()
    return written
