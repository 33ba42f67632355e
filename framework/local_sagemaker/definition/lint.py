"""Find errors and likely mistakes in a definition before anything starts, without a network or an account.

Each rule is a module of ``rules``: its docstring says what is wrong, and why; LEVEL is error, warning or note; PAGE is
the page of AWS that documents it, or one example of them if it IS_GENERIC; GOOD and BAD are definitions without and
with the mistake; ``check`` yields mistakes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, NamedTuple

from local_sagemaker.definition import rules
from local_sagemaker.definition.construct_pages import construct_page
from local_sagemaker.definition.definition import Definition


class Finding(NamedTuple):
    """What a rule reports: ``path`` is where (for jq, after a dot), ``message`` what is wrong, ``fix`` what to do.

    ``page`` is the page of AWS that documents the rule or, if the rule is about requests of all kinds, the construct.
    """

    rule: str
    level: str
    step: str
    path: str
    message: str
    fix: str
    page: str = ""

    def __str__(self) -> str:
        prefix = f"step {self.step!r}: " if self.step else ""
        return f"{prefix}{self.path} {self.message}" + (f"; {self.fix}" if self.fix else "") + f" ({self.rule})"


def lint(definition: Definition) -> list[Finding]:
    """Return the findings of all rules, in the order of the definition.

    Arguments of steps are checked only if the definition is bound to the service's shapes.
    """
    findings = [finding for name in all_rules() for finding in apply_rule(name, definition)]
    return sorted(findings, key=lambda finding: _sort_key(finding.path))


def apply_rule(name: str, definition: Definition) -> Iterator[Finding]:
    """Yield the findings of one rule."""
    rule = all_rules()[name]
    for mistake in rule.check(definition):
        step = definition.step_at(mistake.path)
        page = construct_page(step, mistake.path) if getattr(rule, "IS_GENERIC", False) else rule.PAGE
        yield Finding(
            name,
            rule.LEVEL,
            step.name if step else "",
            mistake.path or "the definition",
            mistake.message,
            mistake.fix,
            page,
        )


def _sort_key(path: str) -> list[Any]:
    """Return a sort key that compares indices as numbers: Steps[2] comes before Steps[10]."""
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in re.split(r"(\d+)", path)]


@cache
def all_rules() -> dict[str, Any]:
    """Return the module of each rule by the rule's name: wrong_type.py is the rule wrong-type."""
    names = sorted(m.name for m in iter_modules(rules.__path__) if not m.name.startswith("_"))
    return {name.replace("_", "-"): import_module(f"{rules.__name__}.{name}") for name in names}
