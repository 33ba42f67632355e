"""Define the errors that a definition can raise.

DefinitionError          the JSON is not a pipeline that can run
├── ParameterError       a parameter's value does not fit its declaration
└── ExpressionError      a Get, Std:Join or Std:JsonGet cannot be evaluated
"""

from __future__ import annotations


class DefinitionError(Exception):
    """Raised when a definition cannot be read or run."""

    exit_code = 2


class ParameterError(DefinitionError):
    """Raised when a parameter is unknown or its value does not fit its declared type."""


class ExpressionError(DefinitionError):
    """Raised when an expression is malformed, or names something that does not exist."""
