"""The latest commits follow CONTRIBUTING.md: an imperative subject of at most 72 characters."""

from __future__ import annotations

import re
import subprocess

import pytest
from paths import ROOT

LATEST = 20
#: Words that begin no imperative: articles, pronouns, participles, and what a commit "does".
NO_IMPERATIVE = re.compile(
    r"(a|an|the|what|where|when|no|some|this|these|it|its|\w+(?<!e)ed|\w{3,}ing|fixes|adds|makes|uses)\b", re.I
)
IMPERATIVES = {"bring", "embed", "string"}


def mistake(subject):
    """Return what is wrong with a commit's subject, or None."""
    first = re.split(r"\W", subject, maxsplit=1)[0]
    if len(subject) > 72:
        return f"has {len(subject)} characters; at most 72 are shown"
    if not subject[:1].isupper() or subject.endswith("."):
        return "must begin with a capital, and have no full stop"
    if NO_IMPERATIVE.fullmatch(first) and first.lower() not in IMPERATIVES:
        return f"begins with {first!r}; begin with an imperative, such as Add or Fix"
    return None


@pytest.mark.parametrize(
    ("subject", "is_accepted"),
    [
        ("Reject invalid names in pipelines new", True),
        ("Bring the tests of a folder together", True),
        ("What a hunt for bad inputs found", False),
        ("A job is described once for each name", False),
        ("Fixed the reader", False),
        ("fix the reader", False),
        ("Fix the reader.", False),
        ("Fix " + "x" * 70, False),
    ],
)
def test_a_subject_is_imperative_and_short(subject, is_accepted):
    assert (mistake(subject) is None) is is_accepted


def test_the_latest_commits_have_such_subjects():
    arguments = ["git", "log", f"-{LATEST}", "--no-merges", "--format=%s"]
    log = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, check=False)
    if log.returncode:
        pytest.skip(f"needs a git clone: {log.stderr.strip()}")

    mistakes = {subject: mistake(subject) for subject in log.stdout.splitlines()}

    assert not {subject: message for subject, message in mistakes.items() if message}
