"""Creates rules and functions on this machine, from the same files and names as Terraform does in an account."""

from __future__ import annotations

import json
from pathlib import Path
from string import Template
from typing import Any

from deploy import functions
from deploy.events.settings import Settings, placeholders
from local_sagemaker.tools.command_errors import UsageError
from local_sagemaker.tools.placeholders import PLACEHOLDER_ACCOUNT

EVENTS_FOLDER = Path(__file__).resolve().parent
#: Folder of a function -> the setting that names it, and its timeout in seconds; see functions.tf.
FUNCTIONS = {
    "notify": ("notification_function_name", 60),
    "retrain": ("retraining_function_name", 900),
    "start_pipeline": ("start_function_name", 60),
    "get_approved_model": ("approved_model_function_name", 60),
}
VARIABLES_BYTES = 4096  # https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
NO_ROLE = "arn:aws:iam::000000000000:role/none"  # on this machine no role is assumed


def rule_functions() -> dict[str, str]:
    """Return rule -> folder of the function that it invokes."""
    return dict(json.loads(EVENTS_FOLDER.joinpath("rules.json").read_text(encoding="utf-8")))


def pattern(rule: str, values: dict[str, str]) -> str:
    """Return a rule's event pattern, filled with the values of ``settings.placeholders``."""
    text = EVENTS_FOLDER.joinpath("patterns", f"{rule}.json").read_text(encoding="utf-8")
    return Template(text).safe_substitute(values)


def environment(function: str, values: dict[str, str]) -> dict[str, str]:
    """Return a function's variables, filled with the values of ``settings.placeholders``."""
    path = functions.LAMBDAS_FOLDER / function / "environment.json"
    names = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return {variable: values[name] for variable, name in names.items()}


def write_archives(folder: Path = EVENTS_FOLDER) -> list[Path]:
    """Write each function's code for Terraform; return the paths. The same code gives the same bytes."""
    paths = []
    for name in FUNCTIONS:
        path = folder / f"{name}.zip"
        path.write_bytes(functions.function_archive(name))
        paths.append(path)
    return paths


def check(settings: Settings) -> None:
    """Check the size of each function's variables.

    Raises:
        UsageError: they are larger than the 4 KB that Lambda allows.
    """
    values = placeholders(settings, PLACEHOLDER_ACCOUNT)
    for function in FUNCTIONS:
        size = sum(len(name.encode()) + len(value.encode()) for name, value in environment(function, values).items())
        if size > VARIABLES_BYTES:
            raise UsageError(
                f"{function}'s variables have {size} bytes, but Lambda allows {VARIABLES_BYTES}; shorten messages of "
                "custom_notification_config, or the parameters"
            )


def remove_rules(settings: Settings, session: Any) -> None:
    """Remove this machine's functions and rules, if they exist."""
    events, client = session.client("events"), session.client("lambda")
    for rule, function in rule_functions().items():
        name = f"{settings.pipeline_inf}-{rule}"
        if any(listed["Name"] == name for listed in events.list_rules(NamePrefix=name)["Rules"]):
            events.remove_targets(Rule=name, Ids=[function])
            events.delete_rule(Name=name)
    existing = {listed["FunctionName"] for listed in client.list_functions()["Functions"]}
    for setting, _ in FUNCTIONS.values():
        if (name := getattr(settings, setting)) in existing:
            client.delete_function(FunctionName=name)


def apply_rules(settings: Settings, session: Any) -> dict[str, Any]:
    """Create or update functions and rules on this machine by the settings; return their names."""
    account = session.client("sts").get_caller_identity()["Account"]
    values = placeholders(settings, account)
    arns = {
        name: functions.deploy(
            session,
            name,
            role_arn=NO_ROLE,
            function=getattr(settings, setting),
            settings={"Timeout": seconds, "Environment": {"Variables": environment(name, values)}},
        )["function_arn"]
        for name, (setting, seconds) in FUNCTIONS.items()
    }
    events, names = session.client("events"), {}
    for rule, function in rule_functions().items():
        names[rule] = f"{settings.pipeline_inf}-{rule}"
        events.put_rule(Name=names[rule], EventPattern=pattern(rule, values))
        events.put_targets(Rule=names[rule], Targets=[{"Id": function, "Arn": arns[function]}])
    return {"rules": names, "functions": arns}
