"""Formats the findings that lint reports: as text, as JSON, as GitHub's annotations, as SARIF."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from local_sagemaker.definition.lint import Finding, all_rules
from local_sagemaker.definition.positions import position
from local_sagemaker.tools.lint.linting import LintResult
from local_sagemaker.tools.sources import Source


class Report(NamedTuple):
    """A source and its lint result."""

    source: Source
    result: LintResult


def as_json(reports: list[Report]) -> str:
    """Return one JSON object: the findings, and the silenced findings with their reasons."""
    findings = [_record(report, finding) for report in reports for finding in report.result.findings]
    silenced = [
        _record(report, finding) | {"reason": silence.reason}
        for report in reports
        for finding, silence in report.result.silenced
    ]
    return json.dumps({"findings": findings, "silenced": silenced})


def as_text(reports: list[Report]) -> str:
    """Return a block for each finding (rule, place, message, fix, page of the documentation), and the count."""
    lines = [line for report in reports for finding in report.result.findings for line in _lines(report, finding)]
    for report in reports:
        for finding, silence in report.result.silenced:
            lines.append(f"silenced {finding.rule} at {finding.step or finding.path}: {silence.reason}")
    number = sum(len(report.result.errors_and_warnings) for report in reports)
    names = ", ".join(report.source.name for report in reports)
    return "\n".join([*lines, f"{names}: {number or 'no'} finding{'s' * (number != 1)}"])


def as_github(reports: list[Report]) -> str:
    """Return workflow commands, which become annotations of a pull request.

    https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions#setting-an-error-message
    """
    return "\n".join(_command(report, finding) for report in reports for finding in report.result.findings)


def as_sarif(reports: list[Report]) -> str:
    """Return SARIF 2.1.0, the format of code scanning.

    https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
    """
    rules = [
        {
            "id": name,
            "shortDescription": {"text": _title(rule)},
            "helpUri": rule.PAGE,
            "defaultConfiguration": {"level": rule.LEVEL},
        }
        for name, rule in all_rules().items()
    ]
    driver = {"name": "pipelines lint", "rules": rules}
    results = [_result(report, finding) for report in reports for finding in report.result.findings]
    results += [
        _result(report, finding)
        | {"suppressions": [{"kind": "external", "status": "accepted", "justification": silence.reason}]}
        for report in reports
        for finding, silence in report.result.silenced
    ]
    document = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": results}],
    }
    return json.dumps(document)


FORMATS: dict[str, Callable[[list[Report]], str]] = {
    "json": as_json,
    "text": as_text,
    "github": as_github,
    "sarif": as_sarif,
}


def _record(report: Report, finding: Finding) -> dict[str, Any]:
    former_names = {"words": finding.message, "mend": finding.fix}  # kept for programs that parse them
    return {"source": report.source.name, **finding._asdict(), **former_names}


def _lines(report: Report, finding: Finding) -> Iterator[str]:
    where = f" in step {finding.step}" if finding.step else ""
    yield f"{finding.level}: {finding.rule}{where}"
    yield f"  {finding.path} {finding.message}"
    if finding.fix:
        yield f"  fix  {finding.fix}"
    yield f"  page  {finding.page}"


def _command(report: Report, finding: Finding) -> str:
    level = "notice" if finding.level == "note" else finding.level
    file, line, column = _place(report, finding)
    place = f"file={_escape(file, ',:')},line={line},col={column}," if file else ""
    message = _escape(f"{finding.path} {finding.message}{'; ' if finding.fix else ''}{finding.fix}")
    return f"::{level} {place}title={_escape(finding.rule, ',:')}::{message}"


def _escape(text: str, more: str = "") -> str:
    """Escape percent signs, line ends and the characters in ``more``: for a property, colon and comma."""
    for character in f"%\r\n{more}":
        text = text.replace(character, f"%{ord(character):02X}")
    return text


def _result(report: Report, finding: Finding) -> dict[str, Any]:
    file, line, column = _place(report, finding)
    fix = f"; {finding.fix}" if finding.fix else ""
    location: dict[str, Any] = {"logicalLocations": [{"name": finding.step, "fullyQualifiedName": finding.path}]}
    if file:
        region = {"startLine": line, "startColumn": column}
        location["physicalLocation"] = {"artifactLocation": {"uri": _uri(file)}, "region": region}
    message = {"text": f"{finding.path} {finding.message}{fix}"}
    return {"ruleId": finding.rule, "level": finding.level, "message": message, "locations": [location]}


def _uri(file: str) -> str:
    return Path(file).as_uri() if Path(file).is_absolute() else quote(Path(file).as_posix())


def _place(report: Report, finding: Finding) -> tuple[str | None, int, int]:
    """Return file, line and column of a finding.

    In a JSON file, this is the finding's own position. A module's definition has no lines: line 1 stands for all of it.
    """
    file = report.source.file
    if file is None or file.endswith(".py"):
        return file, 1, 1
    return file, *position(report.source.text, finding.path)


def _title(rule: Any) -> str:
    return str(rule.__doc__).partition("\n\n")[0].replace("\n", " ").strip()
