"""Find what is wrong with a definition before anything is started; no network, no account.

Each rule is a module of ``rules``: its docstring says what is wrong, and why; LEVEL is error, warning or note; PAGE is
where AWS says so; GOOD and BAD are definitions that it leaves alone and finds; ``check`` finds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, NamedTuple

from local_sagemaker.definition import rules
from local_sagemaker.definition.definition import Definition


class Finding(NamedTuple):
    """What a rule found: ``path`` is the place (for jq, after a dot), ``message`` what is wrong, ``fix`` what to do."""

    rule: str
    level: str
    step: str
    path: str
    message: str
    fix: str

    def __str__(self) -> str:
        where = f"step {self.step!r}: " if self.step else ""
        return f"{where}{self.path} {self.message}" + (f"; {self.fix}" if self.fix else "") + f" ({self.rule})"


def lint(definition: Definition) -> list[Finding]:
    """What the rules find, in the order of the definition; with the service's shapes, of its steps' arguments, too."""
    found = [finding for name, rule in all_rules().items() for finding in _found(name, rule, definition)]
    return sorted(found, key=lambda finding: _position(finding.path))


def _found(name: str, rule: Any, definition: Definition) -> Iterator[Finding]:
    for problem in rule.check(definition):
        step = definition.step_at(problem.path)
        yield Finding(name, rule.LEVEL, step.name if step else "", problem.path or "the definition", *problem[1:])


def _position(path: str) -> list[Any]:
    """Steps[2] comes before Steps[10]."""
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in re.split(r"(\d+)", path)]


@cache
def all_rules() -> dict[str, Any]:
    """Name -> module: wrong_type.py is the rule wrong-type."""
    names = sorted(m.name for m in iter_modules(rules.__path__) if not m.name.startswith("_"))
    return {name.replace("_", "-"): import_module(f"{rules.__name__}.{name}") for name in names}
