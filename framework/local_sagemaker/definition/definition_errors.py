"""What can be wrong with a definition.

DefinitionError          the JSON is no pipeline that can run
├── ParameterError       a value given for a parameter does not fit its declaration
└── ExpressionError      a Get, Std:Join or Std:JsonGet cannot be evaluated
"""

from __future__ import annotations


class DefinitionError(Exception):
    """Raised when a definition cannot be read or run."""

    exit_code = 2


class ParameterError(DefinitionError):
    """Raised when a parameter is unknown or its value does not fit its declared type."""


class ExpressionError(DefinitionError):
    """Raised when an expression names something that is not there."""
