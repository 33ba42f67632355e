"""Rules and functions, for this machine, as Terraform makes them in an account: of the same files and names."""

from __future__ import annotations

import json
from pathlib import Path
from string import Template
from typing import Any

from deploy import functions
from deploy.events.settings import Settings, names
from local_sagemaker.tools.command_errors import UsageError
from pipelines.compiling.offline import PLACEHOLDER_ACCOUNT

FOLDER = Path(__file__).resolve().parent
#: Folder of a function -> the setting that names it, and the seconds that it may take; see functions.tf.
FUNCTIONS = {
    "notify": ("notification_function_name", 60),
    "retrain": ("retraining_function_name", 900),
    "start_pipeline": ("start_function_name", 60),
    "get_approved_model": ("approved_model_function_name", 60),
}
VARIABLES_BYTES = 4096  # https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
NO_ROLE = "arn:aws:iam::000000000000:role/none"  # on this machine nothing is assumed


def rules() -> dict[str, str]:
    """Rule -> folder of the function that it invokes."""
    return dict(json.loads(FOLDER.joinpath("rules.json").read_text(encoding="utf-8")))


def pattern(rule: str, told: dict[str, str]) -> str:
    """A rule's event pattern, filled with ``settings.names``."""
    return Template(FOLDER.joinpath("patterns", f"{rule}.json").read_text(encoding="utf-8")).safe_substitute(told)


def environment(function: str, told: dict[str, str]) -> dict[str, str]:
    """A function's variables, filled with ``settings.names``."""
    path = functions.FOLDER / function / "environment.json"
    found = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return {variable: told[name] for variable, name in found.items()}


def write_archives(folder: Path = FOLDER) -> list[Path]:
    """Write each function's code for Terraform; where. The same code gives the same bytes."""
    paths = []
    for name in FUNCTIONS:
        path = folder / f"{name}.zip"
        path.write_bytes(functions.code_of(name))
        paths.append(path)
    return paths


def check(settings: Settings) -> None:
    """Look whether what a function is told has room.

    Raises:
        UsageError: it has not: Lambda has 4 KB for a function's variables.
    """
    told = names(settings, PLACEHOLDER_ACCOUNT)
    for function in FUNCTIONS:
        size = sum(len(name.encode()) + len(value.encode()) for name, value in environment(function, told).items())
        if size > VARIABLES_BYTES:
            raise UsageError(
                f"{function} would be told {size} bytes, and Lambda takes {VARIABLES_BYTES}: shorten the messages of "
                "custom_notification_config, or the parameters"
            )


def remove(settings: Settings, session: Any) -> None:
    """Take functions and rules of this machine away, where they are there."""
    events, functions_of = session.client("events"), session.client("lambda")
    for rule, function in rules().items():
        name = f"{settings.pipeline_inf}-{rule}"
        if any(one["Name"] == name for one in events.list_rules(NamePrefix=name)["Rules"]):
            events.remove_targets(Rule=name, Ids=[function])
            events.delete_rule(Name=name)
    made = {one["FunctionName"] for one in functions_of.list_functions()["Functions"]}
    for setting, _ in FUNCTIONS.values():
        if (name := getattr(settings, setting)) in made:
            functions_of.delete_function(FunctionName=name)


def put(settings: Settings, session: Any) -> dict[str, Any]:
    """Make functions and rules on this machine, or change them to what the settings say; their names."""
    account = session.client("sts").get_caller_identity()["Account"]
    told = names(settings, account)
    arns = {
        name: functions.deploy(
            session,
            name,
            role_arn=NO_ROLE,
            function=getattr(settings, setting),
            settings={"Timeout": seconds, "Environment": {"Variables": environment(name, told)}},
        )["function_arn"]
        for name, (setting, seconds) in FUNCTIONS.items()
    }
    events, made = session.client("events"), {}
    for rule, function in rules().items():
        made[rule] = f"{settings.pipeline_inf}-{rule}"
        events.put_rule(Name=made[rule], EventPattern=pattern(rule, told))
        events.put_targets(Rule=made[rule], Targets=[{"Id": function, "Arn": arns[function]}])
    return {"rules": made, "functions": arns}
