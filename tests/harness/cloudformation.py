"""A CloudFormation template with its parameters filled in: what its resources would be."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cfnlint.decode.cfn_yaml import load

NOTHING = object()


class Template:
    """A template, with the values of its parameters and of the attributes that its resources would have."""

    def __init__(self, path: Path, given: Mapping[str, str], pseudo: Mapping[str, str], attributes: Mapping[str, str]):
        self.raw = load(str(path))
        declared = self.raw["Parameters"]
        defaults = {name: str(one["Default"]) for name, one in declared.items() if "Default" in one}
        texts = {**defaults, **given}
        assert texts.keys() == declared.keys(), texts.keys() ^ declared.keys()
        lists = {name for name, one in declared.items() if one["Type"] == "CommaDelimitedList"}
        self.values: dict[str, Any] = {n: t.split(",") if n in lists else t for n, t in texts.items()} | dict(pseudo)
        self.attributes = attributes

    def resources(self) -> dict[str, dict[str, Any]]:
        """Logical id -> type and properties, of those whose condition holds."""
        found = {name: one for name, one in self.raw["Resources"].items() if self._holds(one.get("Condition"))}
        return {name: {"Type": one["Type"], **self.resolve(one["Properties"])} for name, one in found.items()}

    def _holds(self, condition: str | None) -> bool:
        return condition is None or self.resolve(self.raw["Conditions"][condition])

    def resolve(self, document: Any) -> Any:  # noqa: C901, PLR0912  a function of the language each
        """A part of the template without functions."""
        match document:
            case {"Ref": "AWS::NoValue"}:
                return NOTHING
            case {"Ref": name}:
                return self.values[name] if name in self.values else self.attributes[name]
            case {"Fn::GetAtt": [name, attribute]}:
                return self.attributes[f"{name}.{attribute}"]
            case {"Fn::Sub": [text, own]}:
                given = self.resolve(own)
                return re.sub(r"\$\{([\w:.]+)\}", lambda found: given.get(found[1]) or self._named(found[1]), text)
            case {"Fn::FindInMap": [name, *keys]}:
                one, other = map(self.resolve, keys)
                return self.raw["Mappings"][name][str(one)][other]
            case {"Fn::Select": [number, listed]}:
                return self.resolve(listed)[int(number)]
            case {"Fn::Split": [between, text]}:
                return self.resolve(text).split(between)
            case {"Fn::Sub": text}:
                return re.sub(r"\$\{([\w:.]+)\}", lambda found: self._named(found[1]), text)
            case {"Fn::If": [condition, then, otherwise]}:
                return self.resolve(then if self._holds(condition) else otherwise)
            case {"Fn::Equals": [one, other]}:
                return self.resolve(one) == self.resolve(other)
            case {"Fn::And": several}:
                return all(map(self.resolve, several))
            case {"Condition": str() as name} if len(document) == 1:
                return self._holds(name)
            case {"Fn::Not": [one]}:
                return not self.resolve(one)
            case {"Fn::Join": [between, parts]}:
                return between.join(self.resolve(parts))
            case Mapping():
                found = {str(name): self.resolve(value) for name, value in document.items()}
                return {name: value for name, value in found.items() if value is not NOTHING}
            case list():
                return [value for value in map(self.resolve, document) if value is not NOTHING]
        return document

    def _named(self, name: str) -> str:
        return str(self.values[name] if name in self.values else self.attributes[name])
