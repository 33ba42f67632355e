"""Invocations of Lambda functions: each is a process of its own, ``python -m local_sagemaker.functions FOLDER``.

local.toml says where the code of a function lies:

    [functions.my-function]
    code = "../my_function"          # a folder, seen from local.toml's own
    handler = "handler.my_handler"   # module.function, as on AWS
    timeout = 60                     # seconds; 3 where it is not given, as on AWS
    environment = {GROUP = "Shells"}

A function may also have been made by CreateFunction; local.toml's comes first.

    <root>/invocations/<name>/      request.json, function.log, response.json
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local_sagemaker import credentials, processes
from local_sagemaker.account import Account
from local_sagemaker.errors import ConfigError, ServiceError
from local_sagemaker.near_names import did_you_mean
from local_sagemaker.processes import Runtime
from local_sagemaker.sandbox import interpreters
from local_sagemaker.sandbox.programs import prepare
from local_sagemaker.sandbox.reach import reach

KIND = "function"  # of the record of one that was made
REQUEST, RESPONSE, LOG, TIMED_OUT = "request.json", "response.json", "function.log", "timed-out.log"
#: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
DEFAULT_SECONDS, MAX_SECONDS, MAX_BYTES = 3, 900, 6 << 20
_NAME = re.compile(r"(?:(?:arn:[^:]+:lambda:[^:]*:)?[^:]+:function:)?(?P<name>[^:]+)(?::[^:]+)?")


@dataclass(frozen=True)
class Function:
    """A function that this machine has."""

    name: str
    code: Path
    handler: str
    timeout: int = DEFAULT_SECONDS
    environment: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """How an invocation ended: what the handler gave back, or why it gave nothing."""

    payload: Any = None
    error: str = ""


def function(account: Account, name: str) -> Function:
    """The function of this name or ARN.

    Raises:
        ConfigError: there is none, or what local.toml says of it cannot be.
    """
    known, match = account.config.get("functions", {}), _NAME.fullmatch(name)
    short = match["name"] if match else name
    if short not in known and (made := account.store.get(KIND, short)):
        variables = (made.get("Environment") or {}).get("Variables", {})
        return Function(short, Path(made["Folder"]), made["Handler"], made.get("Timeout", DEFAULT_SECONDS), variables)
    if short not in known:
        raise ConfigError(
            f"no Lambda function {short!r} on this machine{did_you_mean(short, known)}; known: "
            f"{', '.join(sorted(known)) or 'none'}; write [functions.{short}] with code and handler into local.toml"
        )
    return _checked(account, short, known[short])


def arn_of(account: Account, name: str) -> str:
    """The ARN of the function of this name."""
    return f"arn:aws:lambda:{account.region}:{account.id}:function:{name}"


def begin(account: Account, identifier: str, name: str, event: Any, at_most: int = MAX_SECONDS) -> None:
    """Start an invocation.

    Args:
        account: it runs in; boto3 in the function is answered by it.
        identifier: of the invocation.
        name: the function's name or ARN.
        event: what the handler is given; JSON.
        at_most: seconds that the caller waits, whatever the function's own timeout.

    Raises:
        ConfigError: see ``function``.
        ServiceError: the event is larger than Lambda takes.
    """
    found = function(account, name)
    request = {
        "id": identifier,
        "arn": arn_of(account, found.name),
        "name": found.name,
        "code": str(found.code),
        "handler": found.handler,
        "timeout": min(found.timeout, at_most),
        "event": event,
        "hidden": [str(place) for place in credentials.credential_paths()],
    }
    if len(text := json.dumps(request)) > MAX_BYTES:
        raise ServiceError(
            f"the event has {len(text)} bytes; Lambda takes {MAX_BYTES}", "RequestTooLargeException", 413
        )
    folder = _folder(account, identifier)
    folder.mkdir(parents=True)
    folder.joinpath(REQUEST).write_text(text, encoding="utf-8")
    runtime = _runtime(account, found, folder)
    with processes.claim_lock(folder / "lock") as lock:
        account.start("local_sagemaker.functions", [str(folder)], lock, folder / LOG, runtime)


def read_answer(account: Account, identifier: str) -> Answer | None:
    """How an invocation ended; None while it runs."""
    folder = _folder(account, identifier)
    is_alive = processes.is_alive(folder / "lock")
    if folder.joinpath(RESPONSE).is_file():
        return Answer(**json.loads(folder.joinpath(RESPONSE).read_text(encoding="utf-8")))
    if is_alive:
        return None
    timed_out = folder / TIMED_OUT
    if timed_out.is_file() and timed_out.stat().st_size:
        seconds = json.loads(folder.joinpath(REQUEST).read_text(encoding="utf-8"))["timeout"]
        return Answer(error=f"Task timed out after {seconds:.2f} seconds; {timed_out} says where it was")
    return Answer(error=f"Runtime exited without an answer; see {folder / LOG}")


def _checked(account: Account, name: str, given: Any) -> Function:
    where = f"[functions.{name}] of local.toml"
    if not isinstance(given, dict) or not all(isinstance(given.get(member), str) for member in ("code", "handler")):
        raise ConfigError(f"{where} needs code, a folder, and handler, module.function")
    if unknown := given.keys() - {"code", "handler", "timeout", "environment"}:
        raise ConfigError(f"{where} has {sorted(unknown)[0]!r}; it may have code, handler, timeout and environment")
    timeout = given.get("timeout", DEFAULT_SECONDS)
    if not isinstance(timeout, int) or isinstance(timeout, bool) or not 1 <= timeout <= MAX_SECONDS:
        raise ConfigError(f"{where}: timeout must be 1 to {MAX_SECONDS} seconds; it is {timeout!r}")
    code = (_config_folder(account) / given["code"]).resolve()
    if not code.is_dir():
        raise ConfigError(f"{where}: there is no folder {code}; code is a path that begins at local.toml's folder")
    environment = given.get("environment", {})
    if not isinstance(environment, dict) or any(
        "=" in f"{name}" or "\0" in f"{value}" for name, value in environment.items()
    ):
        raise ConfigError(f"{where}: environment must be a table of variables; it is {environment!r}")
    environment = {name: str(value) for name, value in environment.items()}
    return Function(name, code, given["handler"], timeout, environment)


def _config_folder(account: Account) -> Path:
    return Path((account.store.get("setting", "config") or {}).get("path", "local.toml")).parent


def _runtime(account: Account, found: Function, folder: Path) -> Runtime:
    """Return what the function is run by: a home folder of its own, no credentials, and boto3 answered."""
    reached = reach(account, folder, is_isolated=False)
    python, environment = prepare(folder, interpreters.find(account.python), reached, found.environment, folder / LOG)
    named = {
        "AWS_REGION": account.region,
        "AWS_DEFAULT_REGION": account.region,
        "AWS_LAMBDA_FUNCTION_NAME": found.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
    }
    return Runtime(python, {**environment, **named})


def _folder(account: Account, identifier: str) -> Path:
    return account.root / "invocations" / identifier
