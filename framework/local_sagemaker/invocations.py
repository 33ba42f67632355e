"""Invokes Lambda functions: each invocation is its own process, ``python -m local_sagemaker.functions FOLDER``.

local.toml says where a function's code is stored:

    [functions.my-function]
    code = "../my_function"          # a folder, relative to the folder of local.toml
    handler = "handler.my_handler"   # module.function, as on AWS
    timeout = 60                     # seconds; default 3, as on AWS
    environment = {GROUP = "Shells"}

CreateFunction can also create a function; a function in local.toml with the same name takes precedence.

    <root>/invocations/<identifier>/      request.json, function.log, response.json
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

FUNCTION_RECORD = "function"  # kind of the record of a function that CreateFunction made
REQUEST_FILE, RESPONSE_FILE, LOG_FILE, TIMEOUT_FILE = "request.json", "response.json", "function.log", "timed-out.log"
#: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
DEFAULT_SECONDS, MAX_SECONDS, MAX_BYTES = 3, 900, 6 << 20
_NAME = re.compile(
    r"(?:(?:arn:[^:]+:lambda:(?P<region>[^:]*):)?(?P<account>[^:]+):function:)?(?P<name>[^:]+)(?::[^:]+)?"
)


@dataclass(frozen=True)
class Function:
    """A Lambda function that this machine can invoke."""

    name: str
    code: Path
    handler: str
    timeout: int = DEFAULT_SECONDS
    environment: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """The result of an invocation, which is what the handler returned or the error that it ended with."""

    payload: Any = None
    error: str = ""


def function_name(account: Account, name_or_arn: str) -> str:
    """Return the name in a function's name, partial ARN or ARN.

    Raises:
        ServiceError: the ARN is that of another account or region.
    """
    match = _NAME.fullmatch(name_or_arn)
    if match is None:
        return name_or_arn
    own = {"region": account.region, "account": account.id}
    if any(match[part] not in (None, "", value) for part, value in own.items()):
        message = f"{name_or_arn} is not a function of this account ({function_arn(account, match['name'])})"
        raise ServiceError(message, "ResourceNotFoundException", 404)
    return match["name"]


def find_function(account: Account, name: str) -> Function:
    """Return the function of this name or ARN. A function of local.toml stands for all ARNs that have its name.

    Raises:
        ConfigError: if there is no such function, or its settings in local.toml are not valid.
    """
    configured, match = account.config.get("functions", {}), _NAME.fullmatch(name)
    short = match["name"] if match else name
    if short not in configured and (record := account.store.get(FUNCTION_RECORD, function_name(account, name))):
        variables = (record.get("Environment") or {}).get("Variables", {})
        return Function(
            short, Path(record["Folder"]), record["Handler"], record.get("Timeout", DEFAULT_SECONDS), variables
        )
    if short not in configured:
        raise ConfigError(
            f"no Lambda function {short!r} on this machine{did_you_mean(short, configured)}; known: "
            f"{', '.join(sorted(configured)) or 'none'}; add a section [functions.{short}] with code and handler "
            "to local.toml"
        )
    return _parse_function(account, short, configured[short])


def function_arn(account: Account, name: str) -> str:
    """Return the ARN of the function of this name."""
    return f"arn:aws:lambda:{account.region}:{account.id}:function:{name}"


def begin(account: Account, identifier: str, name: str, event: Any, max_seconds: int = MAX_SECONDS) -> None:
    """Start an invocation.

    Args:
        account: the account to run it in; it answers the function's boto3 calls.
        identifier: the invocation's identifier.
        name: the function's name or ARN.
        event: the JSON value that the handler is passed.
        max_seconds: seconds that the caller waits, whatever the function's own timeout.

    Raises:
        ConfigError: see ``find_function``.
        ServiceError: if the event is larger than Lambda accepts.
    """
    function = find_function(account, name)
    request = {
        "id": identifier,
        "arn": function_arn(account, function.name),
        "name": function.name,
        "code": str(function.code),
        "handler": function.handler,
        "timeout": min(function.timeout, max_seconds),
        "event": event,
        "hidden": [str(path) for path in credentials.credential_paths()],
    }
    if len(text := json.dumps(request)) > MAX_BYTES:
        raise ServiceError(
            f"the event has {len(text)} bytes; Lambda accepts at most {MAX_BYTES}", "RequestTooLargeException", 413
        )
    folder = _folder(account, identifier)
    folder.mkdir(parents=True)
    folder.joinpath(REQUEST_FILE).write_text(text, encoding="utf-8")
    runtime = _make_runtime(account, function, folder)
    with processes.claim_lock(folder / "lock") as lock:
        account.start("local_sagemaker.functions", [str(folder)], lock, folder / LOG_FILE, runtime)


def read_answer(account: Account, identifier: str) -> Answer | None:
    """Return the result of an invocation; None while it runs."""
    folder = _folder(account, identifier)
    is_alive = processes.is_alive(folder / "lock")
    if folder.joinpath(RESPONSE_FILE).is_file():
        return Answer(**json.loads(folder.joinpath(RESPONSE_FILE).read_text(encoding="utf-8")))
    if is_alive:
        return None
    timed_out = folder / TIMEOUT_FILE
    if timed_out.is_file() and timed_out.stat().st_size:
        seconds = json.loads(folder.joinpath(REQUEST_FILE).read_text(encoding="utf-8"))["timeout"]
        return Answer(error=f"Task timed out after {seconds:.2f} seconds; see the traceback in {timed_out}")
    return Answer(error=f"Runtime exited without an answer; see {folder / LOG_FILE}")


def _parse_function(account: Account, name: str, settings: Any) -> Function:
    where = f"[functions.{name}] of local.toml"
    if not isinstance(settings, dict) or not all(
        isinstance(settings.get(member), str) for member in ("code", "handler")
    ):
        raise ConfigError(f"{where} needs code (a folder) and handler (module.function)")
    if unknown_members := settings.keys() - {"code", "handler", "timeout", "environment"}:
        raise ConfigError(
            f"{where} has {sorted(unknown_members)[0]!r}; it may have code, handler, timeout and environment"
        )
    timeout = settings.get("timeout", DEFAULT_SECONDS)
    if not isinstance(timeout, int) or isinstance(timeout, bool) or not 1 <= timeout <= MAX_SECONDS:
        raise ConfigError(f"{where}: timeout must be 1 to {MAX_SECONDS} seconds; it is {timeout!r}")
    code = (_config_folder(account) / settings["code"]).resolve()
    if not code.is_dir():
        raise ConfigError(f"{where}: there is no folder {code}; code is a path relative to local.toml's folder")
    environment = settings.get("environment", {})
    if not isinstance(environment, dict) or any(
        "=" in f"{name}" or "\0" in f"{value}" for name, value in environment.items()
    ):
        raise ConfigError(f"{where}: environment must be a table of variables; it is {environment!r}")
    environment = {name: str(value) for name, value in environment.items()}
    return Function(name, code, settings["handler"], timeout, environment)


def _config_folder(account: Account) -> Path:
    return (account.config_file or Path("local.toml")).parent


def _make_runtime(account: Account, function: Function, folder: Path) -> Runtime:
    """Make the function's runtime: its own home folder, no credentials, and boto3 calls that the account answers."""
    reached = reach(account, folder, is_isolated=False)
    python, environment = prepare(
        folder, interpreters.find_interpreter(account.python), reached, function.environment, folder / LOG_FILE
    )
    variables = {
        "AWS_REGION": account.region,
        "AWS_DEFAULT_REGION": account.region,
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
    }
    return Runtime(python, {**environment, **variables})


def _folder(account: Account, identifier: str) -> Path:
    return account.root / "invocations" / identifier
