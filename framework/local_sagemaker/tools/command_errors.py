"""Defines the errors that end a command, with their exit codes.

ProjectError            exit 1
├── UsageError          exit 2   the command, a keyword argument or an environment variable is wrong
│   └── LintError       exit 2   a definition would fail; the message has a line for each finding
├── ModuleError         exit 1   the code of a pipeline's module failed
└── Interrupted         exit 130 Ctrl-C while following an execution, which continues
"""

from __future__ import annotations


class ProjectError(Exception):
    """The base class of this package's errors."""

    exit_code = 1


class UsageError(ProjectError):
    """Raised when a command, an argument or a setting is wrong."""

    exit_code = 2


class LintError(UsageError):
    """Raised when a definition that is about to be used has lint errors."""


class ModuleError(ProjectError):
    """Raised when the code of a pipeline's module failed; the message has its file and line."""


class Interrupted(ProjectError):
    """Raised when the user stops following an execution."""

    exit_code = 130
