"""Opens a real boto3.Session on a root folder: ``open(root)``.

    import local_sagemaker.session
    session = local_sagemaker.session.open()
    session.client("sagemaker").list_pipelines()

``use(root)`` does so for every session of the process: one line at the top of a notebook.

Everything that takes a boto3.Session works with it: the SageMaker SDK, boto3's resources, this project's commands.
aiobotocore (s3fs), the AWS CLI and Terraform do not use boto3, so they do not work with it.
"""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

from local_sagemaker.account import Account, open_account
from local_sagemaker.credentials import make_empty_files
from local_sagemaker.hooks import botocore_hooks, session_answered_by
from local_sagemaker.operations import call

import boto3
import botocore.handlers


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


def use(root: str | Path | None = None, config: str | Path | None = None) -> boto3.Session:
    """Let the account in ``root`` answer every boto3 session that this process makes from now on; return one.

    For notebooks and scripts that make their own sessions and clients. Call it before the SDK is imported, which needs
    a region: that of the account becomes AWS_DEFAULT_REGION. No session of the process reads the user's credentials.

    Args:
        root, config: see ``open``.
    """
    account = open_account(root, config)
    os.environ.update(make_empty_files(account.root / "tmp"), AWS_DEFAULT_REGION=account.region)
    botocore.handlers.BUILTIN_HANDLERS.extend(botocore_hooks(partial(call, account)))
    boto3.DEFAULT_SESSION = session_for(account)
    return boto3.DEFAULT_SESSION
