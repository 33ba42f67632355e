"""Stores records in SQLite: pipelines, executions, steps, jobs, model packages.

A record is a JSON document with a kind and a name. This file alone decides what exists and every status; a process that
dies at any moment leaves either the old document or the new one. Rollback journal, not WAL: the home folder of a
Studio user is a network file system, where WAL's shared memory does not work.
https://www.sqlite.org/wal.html#overview
"""

from __future__ import annotations

import json
import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from local_sagemaker.errors import RootError

VERSION = 1  # of the table below; a root of another version is rejected, never rewritten
BUSY_SECONDS = 60.0

SCHEMA = """
CREATE TABLE record (
    sequence INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    parent TEXT NOT NULL,
    document TEXT NOT NULL,
    UNIQUE (kind, name)
);
CREATE INDEX record_by_parent ON record (kind, parent, sequence);
"""

Document = dict[str, Any]
#: Kind and name of the record that another record belongs to.
Parent = tuple[str, str]


class Exists(Exception):
    """Raised by ``insert`` when a record of that kind and name exists already."""


class Records:
    """The records, within one transaction."""

    def __init__(self, connection: sqlite3.Connection):
        self._connection = connection

    def insert(self, kind: str, name: str, document: Document, parent: Parent | None = None) -> None:
        """Add a record; raise Exists if there is one of this kind and name."""
        row = (kind, name, _key(parent), json.dumps(document))
        try:
            self._connection.execute("INSERT INTO record (kind, name, parent, document) VALUES (?, ?, ?, ?)", row)
        except sqlite3.IntegrityError:
            raise Exists(f"{kind} {name}") from None

    def get(self, kind: str, name: str) -> Document | None:
        """Return the document, or None."""
        query = "SELECT document FROM record WHERE kind = ? AND name = ?"
        row = self._connection.execute(query, (kind, name)).fetchone()
        return json.loads(row[0]) if row else None

    def update(self, kind: str, name: str, changes: Document) -> Document:
        """Merge ``changes`` into the record's top level; return the whole document."""
        document = (self.get(kind, name) or {}) | changes
        self._connection.execute(
            "UPDATE record SET document = ? WHERE kind = ? AND name = ?", (json.dumps(document), kind, name)
        )
        return document

    def list(self, kind: str, parent: Parent | None = None) -> list[Document]:
        """Return all records of a kind, or those of one parent, the oldest first."""
        query = "SELECT document FROM record WHERE kind = ? AND (? = '' OR parent = ?) ORDER BY sequence"
        key = _key(parent)
        return [json.loads(row[0]) for row in self._connection.execute(query, (kind, key, key))]

    def delete(self, kind: str, name: str) -> None:
        """Delete a record, and every record whose parent it is."""
        query = "SELECT kind, name FROM record WHERE parent = ?"
        for child_kind, child in self._connection.execute(query, (_key((kind, name)),)).fetchall():
            self.delete(child_kind, child)
        self._connection.execute("DELETE FROM record WHERE kind = ? AND name = ?", (kind, name))


class Store:
    """The file that stores the records. Each call is its own transaction; ``transaction`` joins several into one."""

    def __init__(self, path: Path):
        self.path = path
        if not path.exists():
            self._create()
        with self._connect() as connection:
            self._check(connection)

    def insert(self, kind: str, name: str, document: Document, parent: Parent | None = None) -> None:
        """See Records.insert."""
        with self.transaction() as records:
            records.insert(kind, name, document, parent)

    def get(self, kind: str, name: str) -> Document | None:
        """See Records.get."""
        with self._connect() as connection:
            return Records(connection).get(kind, name)

    def update(self, kind: str, name: str, changes: Document) -> Document:
        """See Records.update."""
        with self.transaction() as records:
            return records.update(kind, name, changes)

    def list(self, kind: str, parent: Parent | None = None) -> list[Document]:
        """See Records.list."""
        with self._connect() as connection:
            return Records(connection).list(kind, parent)

    def has_records(self, except_kind: str) -> bool:
        """Return whether there is a record of any other kind."""
        with self._connect() as connection:
            query = "SELECT 1 FROM record WHERE kind != ? LIMIT 1"
            return connection.execute(query, (except_kind,)).fetchone() is not None

    @contextmanager
    def transaction(self) -> Iterator[Records]:
        """Run the block as one transaction; writers wait for each other, so what it reads stays true until it ends."""
        with self._connect() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield Records(connection)
            except BaseException:
                connection.rollback()
                raise
            connection.commit()

    @contextmanager
    def _connect(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None)) as connection:
                yield connection
        except (sqlite3.DatabaseError, json.JSONDecodeError) as error:
            raise RootError(f"cannot use {self.path}: {error}; {_remedy(error)}") from None

    def _create(self) -> None:
        """Create the file with its table; it appears complete, so that an empty file is never a new one.

        Raises:
            RootError: it cannot be written.
        """
        partial = self.path.with_name(f".{self.path.name}-{secrets.token_hex(8)}")
        try:
            os.close(os.open(partial, os.O_CREAT | os.O_EXCL, 0o600))
            with closing(sqlite3.connect(partial, isolation_level=None)) as connection:
                connection.executescript(f"{SCHEMA}; PRAGMA user_version = {VERSION}")
            with suppress(FileExistsError):  # another process has created it meanwhile
                os.link(partial, self.path)
        except (OSError, sqlite3.DatabaseError) as error:
            raise RootError(f"cannot write {self.path}: {error}; {_remedy(error)}") from None
        finally:
            partial.unlink(missing_ok=True)

    def _check(self, connection: sqlite3.Connection) -> None:
        """Raise RootError if the file is not one of this release; reading it writes nothing."""
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if "record" not in tables:
            content = "has other tables" if tables else "is empty"
            raise RootError(
                f"{self.path} {content}, so it is not the file of a root; restore it, or take another root folder: the "
                "objects and jobs next to it are kept"
            )
        if version != VERSION:
            raise RootError(
                f"{self.path} is of version {version}, but this release reads {VERSION}; take another root folder"
            )


def _remedy(error: Exception) -> str:
    """Return the way out of an error of the file."""
    text = str(error)
    if "readonly" in text or "unable to open" in text or "Permission" in text or "Read-only" in text:
        return "make the folder writable, or take another root; show, list and logs only read"
    if "full" in text or "disk I/O" in text or "No space" in text or "too large" in text:
        return "free space on its disk, or take another root; show, list and logs only read"
    return "restore the file, or take another root folder"


def _key(record: Parent | None) -> str:
    return ":".join(record) if record else ""
