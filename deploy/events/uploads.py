"""Data, uploaded to where the rules look for them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from deploy.events.settings import Settings
from local_sagemaker.tools.aws_errors import is_missing
from local_sagemaker.tools.command_errors import UsageError

from botocore.exceptions import ClientError

#: Metadata of an object that was sent from here: the SHA-256 of its content.
MARK = "sha256"
#: Kind of data -> the setting with the folder that they go to.
FOLDERS = {"training": "bucket_train_prefix", "inference": "bucket_inf_prefix", "truth": "bucket_truth_prefix"}


def files_to_upload(settings: Settings) -> dict[str, str]:
    """Kind -> file that ``upload_training_data`` and ``upload_inference_data`` ask for."""
    kinds = [kind for kind in ("training", "inference") if getattr(settings, f"upload_{kind}_data")]
    return {kind: getattr(settings, f"{kind}_data_file") for kind in kinds}


def upload_targets(settings: Settings) -> Iterator[tuple[str, str]]:
    """Bucket and key of each file that the settings name, sent or not."""
    for kind in ("training", "inference"):
        if file := getattr(settings, f"{kind}_data_file"):
            yield settings.bucket_name, _key(settings, kind, file)


def send(settings: Settings, session: Any, files: Mapping[str, str]) -> list[str]:
    """Upload, each under its own name, what is not there yet with this content; URIs of what was sent.

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
        key, digest = _key(settings, kind, file), _digest(Path(file))
        if _digest_of(s3, settings.bucket_name, key) != digest:
            with Path(file).open("rb") as content:
                extra = {"Metadata": {MARK: digest}}
                s3.upload_fileobj(content, settings.bucket_name, key, ExtraArgs=extra)
            sent.append(f"s3://{settings.bucket_name}/{key}")
    return sent


def is_sent(s3: Any, bucket: str, key: str) -> bool:
    """Whether an object was sent from here."""
    return _digest_of(s3, bucket, key) is not None


def _digest_of(s3: Any, bucket: str, key: str) -> str | None:
    """The digest that an object was sent with; None where there is no such object, or others put it there."""
    try:
        found = s3.head_object(Bucket=bucket, Key=key).get("Metadata", {}).get(MARK)
    except ClientError as error:
        if is_missing(error):
            return None
        raise
    return str(found) if found else None


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _key(settings: Settings, kind: str, file: str) -> str:
    return f"{settings.bucket_prefix}/{getattr(settings, FOLDERS[kind])}/{Path(file).name}"
