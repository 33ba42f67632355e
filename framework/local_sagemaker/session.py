"""Opens a real boto3.Session on a root folder: ``open(root)``.

    import local_sagemaker.session
    session = local_sagemaker.session.open()
    session.client("sagemaker").list_pipelines()

Everything that takes a boto3.Session works with it: the SageMaker SDK, boto3's resources, this project's commands.
aiobotocore (s3fs), the AWS CLI and Terraform do not use boto3, so they do not work with it.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from local_sagemaker.account import Account, open_account
from local_sagemaker.hooks import session_answered_by
from local_sagemaker.operations import call

import boto3


def open(root: str | Path | None = None, config: str | Path | None = None) -> boto3.Session:
    """Open the account that lives in ``root``; return a session on it.

    Args:
        root: the folder, ``.local-sagemaker`` in the working folder by default; made if it does not exist.
        config: a local.toml; see ``local_sagemaker.account.open_account``.

    Raises:
        RootError, ConfigError: see ``open_account``.
    """
    return session_for(open_account(root, config))


def session_for(account: Account) -> boto3.Session:
    """Return a session on an account that is already open."""
    return session_answered_by(partial(call, account), account.region)
