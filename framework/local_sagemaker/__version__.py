"""The one place where the framework's version stands; its pyproject.toml reads it."""

__version__ = "0.1.0"
