"""AWS credentials of whoever runs this: where they are, and how they are kept from the programs that are started here.

The variables are those of boto3, of AWS's other SDKs and of its command line:
https://docs.aws.amazon.com/sdkref/latest/guide/environment-variables.html
"""

from __future__ import annotations

import os
import pwd
from collections.abc import Mapping
from pathlib import Path

#: Variables that name a file with credentials, or with the way to some.
FILES = (
    "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_CREDENTIAL_FILE", "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "BOTO_CONFIG",
)  # fmt: skip
#: How the names of variables begin that hold credentials, or choose where they are looked for.
_OTHERS = (
    "AWS_ACCESS_KEY", "AWS_SECRET", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN", "AWS_CREDENTIAL", "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE", "AWS_CONTAINER", "AWS_ROLE", "AWS_BEARER_TOKEN", "AWS_EC2_METADATA",
)  # fmt: skip
FOLDER = ".aws"
#: Variables with which an SDK finds no credentials on this machine.
NONE = {
    "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull, "AWS_EC2_METADATA_DISABLED": "true",
}  # fmt: skip


def is_credential_variable(variable: str) -> bool:
    """Return whether an environment variable holds credentials, or says where some are."""
    return variable in FILES or variable.startswith(_OTHERS)


def without_secrets(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment for a process of this project: nothing in it can sign a request.

    The variables that name files stay: whatever the process starts has these files hidden from it.
    """
    return {name: value for name, value in environment.items() if name in FILES or not is_credential_variable(name)}


def credential_paths() -> list[Path]:
    """Return the folders and files on this machine where SDKs find the user's credentials.

    The home folder is looked up in the user database too, as SDKs do if HOME is not set.
    """
    homes = [os.environ.get("HOME", ""), _home_of_user()]
    named = [os.environ.get(name, "") for name in FILES]
    candidates = [*(Path(home, FOLDER) for home in homes if home), *(Path(path).expanduser() for path in named if path)]
    return sorted({path.resolve() for path in candidates if path.exists() and path.resolve() != Path(os.devnull)})


def empty_files(home: Path) -> dict[str, str]:
    """Make empty credential files in a program's home folder; return the variables that lead SDKs to them alone."""
    folder = home / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    named = {"AWS_CONFIG_FILE": folder / "config", "AWS_SHARED_CREDENTIALS_FILE": folder / "credentials"}
    for path in named.values():
        path.touch()
    return NONE | {name: str(path) for name, path in named.items()}


def _home_of_user() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_dir
    except KeyError:  # a container that was given the id of no user
        return ""
