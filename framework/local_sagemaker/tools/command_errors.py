"""What can go wrong on the author's machine.

ProjectError            exit 1
├── UsageError          exit 2   the command, a keyword argument or an environment variable is wrong
│   └── LintError       exit 2   a definition would fail; the message has a line for each finding
└── Interrupted         exit 130 Ctrl-C while an execution was followed; it goes on
"""

from __future__ import annotations


class ProjectError(Exception):
    """The root of this package's errors."""

    exit_code = 1


class UsageError(ProjectError):
    """Raised when the caller asked for what cannot be."""

    exit_code = 2


class LintError(UsageError):
    """Raised where a definition that is to be used would fail."""


class Interrupted(ProjectError):
    """Raised when a person stops following an execution."""

    exit_code = 130
