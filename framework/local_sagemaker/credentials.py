"""Finds the AWS credentials of the user who runs this, and keeps them from the programs that are started here.

The variables are those of boto3, of AWS's other SDKs and of its command line:
https://docs.aws.amazon.com/sdkref/latest/guide/environment-variables.html
"""

from __future__ import annotations

import os
import pwd
from collections.abc import Mapping
from pathlib import Path

#: Variables that name a file with credentials, or a file that leads to some.
FILE_VARIABLES = (
    "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_CREDENTIAL_FILE", "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "BOTO_CONFIG",
)  # fmt: skip
#: Prefixes of the variables that hold credentials, or that choose where SDKs look for them.
_PREFIXES = (
    "AWS_ACCESS_KEY", "AWS_SECRET", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN", "AWS_CREDENTIAL", "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE", "AWS_CONTAINER", "AWS_ROLE", "AWS_BEARER_TOKEN", "AWS_EC2_METADATA",
)  # fmt: skip
CREDENTIALS_FOLDER = ".aws"
#: Variables that keep an SDK from finding any credentials on this machine.
NO_CREDENTIALS = {
    "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull, "AWS_EC2_METADATA_DISABLED": "true",
}  # fmt: skip


def is_credential_variable(variable: str) -> bool:
    """Return whether an environment variable holds credentials, or says where to find some."""
    return variable in FILE_VARIABLES or variable.startswith(_PREFIXES)


def without_secrets(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment for a process of this project: nothing in it can sign a request.

    The variables that name files stay: these files are hidden from the programs that the process starts.
    """
    return {
        name: value for name, value in environment.items() if name in FILE_VARIABLES or not is_credential_variable(name)
    }


def credential_paths() -> list[Path]:
    """Return the folders and files on this machine where SDKs find the user's credentials.

    The home folder is looked up in the user database too, as SDKs do if HOME is not set.
    """
    homes = [os.environ.get("HOME", ""), _home_of_user()]
    variable_paths = [os.environ.get(name, "") for name in FILE_VARIABLES]
    candidates = [
        *(Path(home, CREDENTIALS_FOLDER) for home in homes if home),
        *(Path(path).expanduser() for path in variable_paths if path),
    ]
    return sorted({path.resolve() for path in candidates if path.exists() and path.resolve() != Path(os.devnull)})


def make_empty_files(home: Path) -> dict[str, str]:
    """Make empty credential files in a program's home folder; return the variables that make SDKs read only these."""
    folder = home / CREDENTIALS_FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    files = {"AWS_CONFIG_FILE": folder / "config", "AWS_SHARED_CREDENTIALS_FILE": folder / "credentials"}
    for path in files.values():
        path.touch()
    return NO_CREDENTIALS | {name: str(path) for name, path in files.items()}


def _home_of_user() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_dir
    except KeyError:  # a container that was given the id of no user
        return ""
