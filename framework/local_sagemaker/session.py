"""``open(root)``: a real boto3.Session on a root folder.

    import local_sagemaker.session
    session = local_sagemaker.session.open()
    session.client("sagemaker").list_pipelines()

Everything that takes a boto3.Session works on it: the SageMaker SDK, boto3's resources, this project's commands. What
is out of its reach: aiobotocore (s3fs), the AWS CLI and Terraform, which do not use boto3.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from local_sagemaker.account import Account, open_account
from local_sagemaker.hooks import session_answered_by
from local_sagemaker.operations import call

import boto3


def open(root: str | Path | None = None, config: str | Path | None = None) -> boto3.Session:
    """Open the account that lives in ``root``.

    Args:
        root: the folder, ``.local-sagemaker`` in the working folder by default; made where it is not there.
        config: a local.toml; see ``local_sagemaker.account.open_account``.

    Raises:
        RootError, ConfigError: see ``open_account``.
    """
    return on(open_account(root, config))


def on(account: Account) -> boto3.Session:
    """A session on an account that is open already."""
    return session_answered_by(partial(call, account), account.region)
