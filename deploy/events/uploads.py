"""Uploads data to the folders that the rules watch."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from deploy.events.settings import Settings
from local_sagemaker.tools.aws_errors import is_missing
from local_sagemaker.tools.command_errors import UsageError

from botocore.exceptions import ClientError

#: Metadata of an object that was uploaded from here: the SHA-256 of its content.
DIGEST_METADATA = "sha256"
#: Dataset -> the setting with its folder.
FOLDER_SETTINGS = {"training": "bucket_train_prefix", "inference": "bucket_inf_prefix", "truth": "bucket_truth_prefix"}


def files_to_upload(settings: Settings) -> dict[str, str]:
    """Return dataset -> file to upload by ``upload_training_data`` and ``upload_inference_data``."""
    datasets = [name for name in ("training", "inference") if getattr(settings, f"upload_{name}_data")]
    return {name: getattr(settings, f"{name}_data_file") for name in datasets}


def upload_targets(settings: Settings) -> Iterator[tuple[str, str]]:
    """Yield bucket and key of each file that the settings name, uploaded or not."""
    for dataset in ("training", "inference"):
        if file := getattr(settings, f"{dataset}_data_file"):
            yield settings.bucket_name, _key(settings, dataset, file)


def send(settings: Settings, session: Any, files: Mapping[str, str]) -> list[str]:
    """Upload each file that is new or changed under its own name; return the URIs of the uploaded ones.

    Args:
        settings: the configuration.
        session: session of the account.
        files: dataset -> local file. A ground truth file must have the name of its batch.

    Raises:
        UsageError: a file does not exist; then nothing is uploaded.
    """
    for dataset, file in files.items():
        if not Path(file).is_file():
            raise UsageError(f"{dataset} data: {file!r} is not a file")
    uris, s3 = [], session.client("s3")
    for dataset, file in files.items():
        key, digest = _key(settings, dataset, file), _digest(Path(file))
        if _digest_of(s3, settings.bucket_name, key) != digest:
            with Path(file).open("rb") as content:
                extra = {"Metadata": {DIGEST_METADATA: digest}}
                s3.upload_fileobj(content, settings.bucket_name, key, ExtraArgs=extra)
            uris.append(f"s3://{settings.bucket_name}/{key}")
    return uris


def is_sent(s3: Any, bucket: str, key: str) -> bool:
    """Return whether an object was uploaded from here."""
    return _digest_of(s3, bucket, key) is not None


def _digest_of(s3: Any, bucket: str, key: str) -> str | None:
    """Return the digest in an object's metadata; None if there is no such object, or it was not uploaded from here."""
    try:
        digest = s3.head_object(Bucket=bucket, Key=key).get("Metadata", {}).get(DIGEST_METADATA)
    except ClientError as error:
        if is_missing(error):
            return None
        raise
    return str(digest) if digest else None


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _key(settings: Settings, dataset: str, file: str) -> str:
    return f"{settings.bucket_prefix}/{getattr(settings, FOLDER_SETTINGS[dataset])}/{Path(file).name}"
