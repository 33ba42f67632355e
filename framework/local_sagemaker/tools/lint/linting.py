"""Runs lint for the commands, against the service's API model and without the findings that the project silences."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, NamedTuple

from local_sagemaker import project
from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.lint import Finding, all_rules, lint
from local_sagemaker.definition.rules import ERROR, NOTE, WARNING
from local_sagemaker.definition.step_code import ReadCode, no_code
from local_sagemaker.near_names import did_you_mean
from local_sagemaker.service_model import sagemaker
from local_sagemaker.tools.command_errors import LintError, UsageError

LINT_FILE = "lint.toml"  # next to the local.toml of the project
_MEMBERS = {"rule", "step", "reason"}


class Silence(NamedTuple):
    """A rule to be silenced, for the steps whose names match a pattern such as ``Monitor*``, or for all steps."""

    rule: str
    step: str | None
    reason: str

    def covers(self, finding: Finding) -> bool:
        """Return whether this silences the finding."""
        return finding.rule == self.rule and (self.step is None or fnmatchcase(finding.step or "", self.step))


class LintResult(NamedTuple):
    """The findings that are reported, and those that are silenced."""

    findings: list[Finding]
    silenced: list[tuple[Finding, Silence]]

    @property
    def errors(self) -> list[Finding]:
        """The findings with which the definition would fail."""
        return [finding for finding in self.findings if finding.level == ERROR]

    @property
    def errors_and_warnings(self) -> list[Finding]:
        """The findings except for notes."""
        return [finding for finding in self.findings if finding.level != NOTE]


def lint_definition(
    definition: Definition,
    silences: Iterable[Silence] = (),
    values: Mapping[str, Any] | None = None,
    read_code: ReadCode = no_code,
) -> LintResult:
    """Lint a definition.

    Args:
        definition: a definition from any source.
        silences: silences from the command line; those in lint.toml are added.
        values: values of parameters, if they are known.
        read_code: reads the code of its scripts, where that is known.

    Raises:
        UsageError: lint.toml is not a list of existing rules with reasons.
    """
    all_silences = [*silences, *project_silences()]
    result = LintResult([], [])
    for finding in lint(definition.bind(sagemaker(), values, read_code)):
        silence = next((silence for silence in all_silences if silence.covers(finding)), None)
        if silence:
            result.silenced.append((finding, silence))
        else:
            result.findings.append(finding)
    return result


def lint_or_raise(
    definition: Definition, values: Mapping[str, Any] | None = None, read_code: ReadCode = no_code
) -> LintResult:
    """Lint a definition that is about to be used; return the result if it has no errors.

    Raises:
        LintError: there are errors; the message lists them.
    """
    result = lint_definition(definition, (), values, read_code)
    if errors := result.errors:
        lines = [str(finding) for finding in errors]
        raise LintError(f"the definition has {'an error: ' + lines[0] if len(lines) == 1 else _list_errors(lines)}")
    return result


def _list_errors(lines: list[str]) -> str:
    return f"{len(lines)} errors:\n  " + "\n  ".join(lines)


def warn(result: LintResult) -> None:
    """Print the warnings on stderr, one per line."""
    for finding in result.findings:
        if finding.level == WARNING:
            print(f"warning: {finding}", file=sys.stderr)


def project_silences(path: Path | None = None) -> list[Silence]:
    """Return the silences of the project's own lint.toml; none if no project is installed.

    Raises:
        UsageError: the file cannot be read, names an unknown rule, or has no reason for one.
    """
    folder = project.folder()
    if not (path or folder):
        return []
    path = path or Path(str(folder), LINT_FILE)
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8")).get("ignore", [])
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{path}: {error}") from None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise UsageError(f"{path}: ignore must be an array of tables, each beginning with [[ignore]]")
    return [_parse_silence(str(path), entry) for entry in entries]


def parse_silences(options: Sequence[str]) -> list[Silence]:
    """Parse the ``RULE[:STEP]=REASON`` values of the command line.

    Raises:
        UsageError: a value names an unknown rule, or has no reason.
    """
    split = ((option, *option.partition("=")[::2]) for option in options)
    return [
        _parse_silence(
            f"--ignore {option!r}",
            {"rule": scope.partition(":")[0], "step": scope.partition(":")[2] or None, "reason": reason},
        )
        for option, scope, reason in split
    ]


def _parse_silence(where: str, entry: Mapping[str, Any]) -> Silence:
    for name in entry.keys() - _MEMBERS:
        raise UsageError(f"{where}: unknown key {name!r}{did_you_mean(name, _MEMBERS)}")
    rule, step, reason = entry.get("rule"), entry.get("step"), entry.get("reason")
    if rule not in all_rules():
        raise UsageError(f"{where}: there is no rule {rule!r}{did_you_mean(str(rule), all_rules())}")
    if not isinstance(reason, str) or not reason.strip():
        raise UsageError(
            f"{where}: rule {rule!r} is silenced without a reason; add one: {rule}:STEP=REASON, or in {LINT_FILE} "
            'reason = "..."'
        )
    if step is not None and not isinstance(step, str):
        raise UsageError(f"{where}: step must be a step's name or a pattern such as Monitor*; it is {step!r}")
    return Silence(rule, step, reason)
