"""Data, uploaded to where the rules look for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from deploy.events.settings import Settings
from pipelines.errors import UsageError

#: Kind of data -> the setting with the folder that they go to.
FOLDERS = {"training": "bucket_train_prefix", "inference": "bucket_inf_prefix", "truth": "bucket_truth_prefix"}


def wanted(settings: Settings) -> dict[str, str]:
    """Kind -> file that ``upload_training_data`` and ``upload_inference_data`` ask for."""
    kinds = [kind for kind in ("training", "inference") if getattr(settings, f"upload_{kind}_data")]
    return {kind: getattr(settings, f"{kind}_data_file") for kind in kinds}


def places(settings: Settings) -> Iterator[tuple[str, str]]:
    """Bucket and key of each file that the settings name, sent or not."""
    for kind in ("training", "inference"):
        if file := getattr(settings, f"{kind}_data_file"):
            yield settings.bucket_name, _key(settings, kind, file)


def send(settings: Settings, session: Any, files: Mapping[str, str]) -> list[str]:
    """Upload, each under its own name; URIs.

    Args:
        settings: what a person decides.
        session: of the account.
        files: kind -> file of this machine. A truth has to be called as its batch is.

    Raises:
        UsageError: a file is not there; nothing is sent then.
    """
    for kind, file in files.items():
        if not Path(file).is_file():
            raise UsageError(f"{kind} data: {file!r} is no file")
    sent, s3 = [], session.client("s3")
    for kind, file in files.items():
        with Path(file).open("rb") as content:
            s3.upload_fileobj(content, settings.bucket_name, key := _key(settings, kind, file))
        sent.append(f"s3://{settings.bucket_name}/{key}")
    return sent


def _key(settings: Settings, kind: str, file: str) -> str:
    return f"{settings.bucket_prefix}/{getattr(settings, FOLDERS[kind])}/{Path(file).name}"
