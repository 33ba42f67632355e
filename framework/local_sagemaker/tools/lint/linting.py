"""Lint as the commands do it: with the service's requests, without what the project silences, and with a reason."""

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
from local_sagemaker.near_names import did_you_mean
from local_sagemaker.service_model import sagemaker
from local_sagemaker.tools.command_errors import LintError, UsageError

SILENCES = "lint.toml"  # beside the local.toml of the project
_MEMBERS = {"rule", "step", "reason"}


class Silence(NamedTuple):
    """A rule that is not to speak, of the steps whose names match, as in ``Monitor*``, or of all."""

    rule: str
    step: str | None
    reason: str

    def covers(self, finding: Finding) -> bool:
        """Whether it is meant."""
        return finding.rule == self.rule and (self.step is None or fnmatchcase(finding.step or "", self.step))


class LintResult(NamedTuple):
    """What was found, and what was found and is silenced."""

    findings: list[Finding]
    silenced: list[tuple[Finding, Silence]]

    @property
    def errors(self) -> list[Finding]:
        """What would fail."""
        return [finding for finding in self.findings if finding.level == ERROR]

    @property
    def counted(self) -> list[Finding]:
        """Errors and warnings: a note is no finding."""
        return [finding for finding in self.findings if finding.level != NOTE]


def lint_definition(
    definition: Definition, silences: Iterable[Silence] = (), values: Mapping[str, Any] | None = None
) -> LintResult:
    """Lint a definition.

    Args:
        definition: of any source.
        silences: of the command line; those of lint.toml are added.
        values: of parameters, where they are known.

    Raises:
        UsageError: lint.toml has something else than rules that there are, with reasons.
    """
    every = [*silences, *project_silences()]
    linted = LintResult([], [])
    for finding in lint(definition.against(sagemaker(), values)):
        silence = next((silence for silence in every if silence.covers(finding)), None)
        if silence:
            linted.silenced.append((finding, silence))
        else:
            linted.findings.append(finding)
    return linted


def refuse_errors(definition: Definition, values: Mapping[str, Any] | None = None) -> LintResult:
    """The same, for what is about to be used.

    Raises:
        LintError: there are errors; the message lists them.
    """
    linted = lint_definition(definition, (), values)
    if errors := linted.errors:
        listed = [str(finding) for finding in errors]
        raise LintError(f"the definition has {'an error: ' + listed[0] if len(listed) == 1 else _several(listed)}")
    return linted


def _several(listed: list[str]) -> str:
    return f"{len(listed)} errors:\n  " + "\n  ".join(listed)


def warn(linted: LintResult) -> None:
    """The warnings, a line each, on stderr."""
    for finding in linted.findings:
        if finding.level == WARNING:
            print(f"warning: {finding}", file=sys.stderr)


def project_silences(path: Path | None = None) -> list[Silence]:
    """Those of the project's own lint.toml; none where no project is installed.

    Raises:
        UsageError: it cannot be read, names an unknown rule, or gives no reason.
    """
    folder = project.folder()
    if not (path or folder):
        return []
    path = path or Path(str(folder), SILENCES)
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8")).get("ignore", [])
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{path}: {error}") from None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise UsageError(f"{path}: ignore must be tables, [[ignore]]")
    return [_silence(str(path), entry) for entry in entries]


def silences(words: Sequence[str]) -> list[Silence]:
    """``RULE[:STEP]=REASON`` words of a command line.

    Raises:
        UsageError: one names an unknown rule, or gives no reason.
    """
    split = ((word, *word.partition("=")[::2]) for word in words)
    return [
        _silence(
            f"--ignore {word!r}",
            {"rule": what.partition(":")[0], "step": what.partition(":")[2] or None, "reason": reason},
        )
        for word, what, reason in split
    ]


def _silence(where: str, entry: Mapping[str, Any]) -> Silence:
    for name in entry.keys() - _MEMBERS:
        raise UsageError(f"{where}: there is no {name!r}{did_you_mean(name, _MEMBERS)}")
    rule, step, reason = entry.get("rule"), entry.get("step"), entry.get("reason")
    if rule not in all_rules():
        raise UsageError(f"{where}: there is no rule {rule!r}{did_you_mean(str(rule), all_rules())}")
    if not isinstance(reason, str) or not reason.strip():
        raise UsageError(f"{where}: a rule is silenced for a reason; give it, as in {rule}:STEP=REASON")
    if step is not None and not isinstance(step, str):
        raise UsageError(f"{where}: step is the name of one, or a pattern such as Monitor*; it is {step!r}")
    return Silence(rule, step, reason)
