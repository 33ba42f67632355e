"""docs/requests.md is generated from the tables of request members; ``--rewrite-golden`` rewrites it."""

from __future__ import annotations

import re
from collections import Counter

from local_sagemaker.definition.members import TABLES
from local_sagemaker.definition.members.execution import DEFINITION, STEP
from local_sagemaker.definition.members.table import HANDLED, RECORDED, REFUSED, TREATMENTS, WITHOUT_EFFECT
from local_sagemaker.operations import operations
from local_sagemaker.operations._takes import request_table

from paths import ROOT

PAGE = ROOT / "docs" / "requests.md"
HEAD = """# What local runs do with each member of a request

Every member of every request is one of four. *Handled* members have the effect that they have on AWS. *Recorded*
members are kept for Describe, and a program would not notice their effect. Members *without effect here* are reported:
once when an execution starts, by `pipelines lint` as a note, and as a `NoEffectWarning` where Python code calls boto3.
A request with a *refused* member is not carried out: a start finds all of them before the first step. A member that
asks for nothing (false, 0, null or empty) is ignored. The operations that are not on this page do not exist here, and a
call of one says so.

This page is generated from [the tables](../framework/local_sagemaker/definition/members) of the requests in
definitions, and from those beside [the other operations](../framework/local_sagemaker/operations).
"""
OPERATIONS = {
    f"{'' if service == 'sagemaker' else f'{service} '}{name.title().replace('_', '')}": request_table(operation)
    for (service, name), operation in sorted(operations().items())
}
REQUESTS = {
    "A definition": DEFINITION,
    "A step, next to Arguments": STEP,
    **TABLES,
    **{name: table for name, table in OPERATIONS.items() if name not in TABLES},
}


def counts():
    """Count the declarations by request and treatment."""
    for name, table in REQUESTS.items():
        groups = [table.handled_paths, table.recorded, table.without_effect, table.refused]
        yield name, dict(zip(TREATMENTS, map(len, groups), strict=True))


def section(name, table):
    """Return the section of a request; none if each of its members is handled."""
    reasons = {RECORDED: table.recorded, WITHOUT_EFFECT: table.without_effect, REFUSED: table.refused}
    rows = [(path, treatment, paths[path]) for treatment, paths in reasons.items() for path in sorted(paths)]
    rows += [(path, f"{HANDLED}, some values refused", check.reason) for path, check in sorted(table.checks.items())]
    lines = [f"| `{path}` | {treatment} | {reason} |" for path, treatment, reason in rows]
    return "\n".join([f"## {name}", "", "| member | | |", "|---|---|---|", *lines, ""]) if lines else ""


def page():
    header = f"| request | {' | '.join(TREATMENTS)} |\n|---|{'---|' * len(TREATMENTS)}"
    numbers = [f"| {name} | {' | '.join(str(count[t]) for t in TREATMENTS)} |" for name, count in counts()]
    total = sum((Counter(count) for _, count in counts()), Counter())
    numbers.append(f"| all | {' | '.join(str(total[t]) for t in TREATMENTS)} |")
    sections = [section(name, table) for name, table in REQUESTS.items()]
    return "\n".join([HEAD, header, *numbers, "", *filter(None, sections)])


def test_the_page_matches_the_tables(request):
    if request.config.getoption("--rewrite-golden"):
        PAGE.write_text(page())

    assert PAGE.read_text() == page()


def test_no_request_is_missing_on_the_page():
    assert set(REQUESTS) <= set(re.findall(r"^\| (.+?) \|", PAGE.read_text(), re.MULTILINE))
