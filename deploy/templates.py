"""Checks the parameters of CloudFormation templates before CloudFormation is called."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from local_sagemaker.near_names import did_you_mean
from local_sagemaker.tools.command_errors import UsageError

import yaml

#: Rule of a parameter -> whether a value satisfies it: (value, the rule's operand).
PARAMETER_RULES: dict[str, Callable[[str, Any], bool]] = {
    "AllowedValues": lambda value, allowed: value in map(str, allowed),
    "AllowedPattern": lambda value, pattern: re.search(pattern, value) is not None,
    "MinValue": lambda value, least: float(value) >= least,
    "MaxValue": lambda value, most: float(value) <= most,
}


class TemplateParameters(dict[str, str]):
    """Holds the given parameters as strings; ``with_defaults`` also has the defaults of all others."""

    with_defaults: dict[str, str]


def check(template: Path, parameters: Mapping[str, Any], source: str) -> TemplateParameters:
    """Check that the template has each parameter and that the values satisfy its rules; return them.

    Args:
        template: the file.
        parameters: name -> value: string, number, boolean or list.
        source: where they come from, for error messages.

    Raises:
        UsageError: a parameter is unknown or missing, or its value is invalid.
    """
    declared = yaml.load(template.read_text(encoding="utf-8"), _Loader)["Parameters"]
    values = TemplateParameters({name: _text(value) for name, value in parameters.items()})
    for name in values.keys() - declared.keys():
        raise UsageError(f"{source}: {name} is not a parameter of the template{did_you_mean(name, declared)}")
    if missing := sorted(
        n for n, declaration in declared.items() if "Default" not in declaration and not values.get(n)
    ):
        raise UsageError(f"{source}: {', '.join(missing)} is missing")
    for name, value in values.items():
        _check_rules(source, name, value, declared[name])
    values.with_defaults = {
        name: str(declaration.get("Default", "")) for name, declaration in declared.items()
    } | values
    return values


def _check_rules(source: str, name: str, value: str, declared: Mapping[str, Any]) -> None:
    if declared["Type"] == "Number" and not re.fullmatch(r"[0-9]+(\.[0-9]+)?", value):
        raise UsageError(f"{source}: {name} is {value!r}, which is not a number")
    for rule, satisfies in PARAMETER_RULES.items():
        if rule in declared and not satisfies(value, declared[rule]):
            raise UsageError(f"{source}: {name} is {value!r}; {rule} is {declared[rule]}")


class _Loader(yaml.SafeLoader):
    """Reads YAML and ignores CloudFormation's own tags."""


_Loader.add_multi_constructor("!", lambda loader, suffix, node: None)


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)
