"""Resolves a CloudFormation template: fills in its parameters and returns the resources that it would create."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cfnlint.decode.cfn_yaml import load

NOTHING = object()


class Template:
    """A template with the values of its parameters and of the attributes that its resources would have.

    Args:
        path: of the template.
        settings: parameter -> value; other parameters have their defaults.
        pseudo: values of the pseudo parameters, e.g. ``AWS::Region``.
        attributes: logical id, or ``id.Attribute`` -> value.
    """

    def __init__(
        self, path: Path, settings: Mapping[str, str], pseudo: Mapping[str, str], attributes: Mapping[str, str]
    ):
        self.raw = load(str(path))
        parameters = self.raw["Parameters"]
        defaults = {name: str(entry["Default"]) for name, entry in parameters.items() if "Default" in entry}
        texts = {**defaults, **settings}
        assert texts.keys() == parameters.keys(), texts.keys() ^ parameters.keys()
        lists = {name for name, entry in parameters.items() if entry["Type"] == "CommaDelimitedList"}
        self.values: dict[str, Any] = {n: t.split(",") if n in lists else t for n, t in texts.items()} | dict(pseudo)
        self.attributes = attributes

    def resources(self) -> dict[str, dict[str, Any]]:
        """Return the resources whose condition holds: logical id -> type and properties."""
        return {
            name: {"Type": resource["Type"], **self.resolve(resource["Properties"])}
            for name, resource in self.raw["Resources"].items()
            if self._holds(resource.get("Condition"))
        }

    def _holds(self, condition: str | None) -> bool:
        return condition is None or self.resolve(self.raw["Conditions"][condition])

    def resolve(self, document: Any) -> Any:  # noqa: C901, PLR0912  one case for each intrinsic function
        """Return a part of the template with its functions replaced by their values."""
        match document:
            case {"Ref": "AWS::NoValue"}:
                return NOTHING
            case {"Ref": name}:
                return self.values[name] if name in self.values else self.attributes[name]
            case {"Fn::GetAtt": [name, attribute]}:
                return self.attributes[f"{name}.{attribute}"]
            case {"Fn::Sub": [text, variables]}:
                values = self.resolve(variables)
                return re.sub(r"\$\{([\w:.]+)\}", lambda match: values.get(match[1]) or self._value(match[1]), text)
            case {"Fn::FindInMap": [name, *keys]}:
                first, second = map(self.resolve, keys)
                return self.raw["Mappings"][name][str(first)][second]
            case {"Fn::Select": [number, values]}:
                return self.resolve(values)[int(number)]
            case {"Fn::Split": [between, text]}:
                return self.resolve(text).split(between)
            case {"Fn::Sub": text}:
                return re.sub(r"\$\{([\w:.]+)\}", lambda match: self._value(match[1]), text)
            case {"Fn::If": [condition, then, otherwise]}:
                return self.resolve(then if self._holds(condition) else otherwise)
            case {"Fn::Equals": [left, right]}:
                return self.resolve(left) == self.resolve(right)
            case {"Fn::And": conditions}:
                return all(map(self.resolve, conditions))
            case {"Condition": str() as name} if len(document) == 1:
                return self._holds(name)
            case {"Fn::Not": [condition]}:
                return not self.resolve(condition)
            case {"Fn::Join": [between, parts]}:
                return between.join(self.resolve(parts))
            case Mapping():
                members = {str(name): self.resolve(value) for name, value in document.items()}
                return {name: value for name, value in members.items() if value is not NOTHING}
            case list():
                return [value for value in map(self.resolve, document) if value is not NOTHING]
        return document

    def _value(self, name: str) -> str:
        return str(self.values[name] if name in self.values else self.attributes[name])
