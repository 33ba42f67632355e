"""CloudFormation templates: what their parameters may be, looked at before CloudFormation is."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from local_sagemaker.near_names import did_you_mean
from local_sagemaker.tools.command_errors import UsageError

import yaml

#: What a rule of a parameter asks of a value, as (name of the rule, whether a value keeps it).
RULES: dict[str, Callable[[str, Any], bool]] = {
    "AllowedValues": lambda value, allowed: value in map(str, allowed),
    "AllowedPattern": lambda value, pattern: re.search(pattern, value) is not None,
    "MinValue": lambda value, least: float(value) >= least,
    "MaxValue": lambda value, most: float(value) <= most,
}


class TemplateCheck(dict[str, str]):
    """The parameters that are given, as text; ``whole`` has the defaults of the others, too."""

    whole: dict[str, str]


def check(template: Path, parameters: Mapping[str, Any], what: str) -> TemplateCheck:
    """The parameters, once each is one of the template's and keeps its rules.

    Args:
        template: the file.
        parameters: name -> value: text, number, boolean or list.
        what: they are for, for errors.

    Raises:
        UsageError: one is unknown or missing, or cannot be what it is.
    """
    declared = yaml.load(template.read_text(encoding="utf-8"), _Loader)["Parameters"]
    values = TemplateCheck({name: _text(value) for name, value in parameters.items()})
    for name in values.keys() - declared.keys():
        raise UsageError(f"{what}: {name} is no parameter of the template{did_you_mean(name, declared)}")
    if missing := sorted(n for n, one in declared.items() if "Default" not in one and not values.get(n)):
        raise UsageError(f"{what}: {', '.join(missing)} has to be given")
    for name, value in values.items():
        _check_rules(what, name, value, declared[name])
    values.whole = {name: str(one.get("Default", "")) for name, one in declared.items()} | values
    return values


def _check_rules(what: str, name: str, value: str, declared: Mapping[str, Any]) -> None:
    if declared["Type"] == "Number" and not re.fullmatch(r"[0-9]+(\.[0-9]+)?", value):
        raise UsageError(f"{what}: {name} is {value!r}, which is no number")
    for rule, keeps in RULES.items():
        if rule in declared and not keeps(value, declared[rule]):
            raise UsageError(f"{what}: {name} is {value!r}; {rule} is {declared[rule]}")


class _Loader(yaml.SafeLoader):
    """YAML in which CloudFormation's own tags say nothing."""


_Loader.add_multi_constructor("!", lambda loader, suffix, node: None)


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)
