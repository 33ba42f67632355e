"""Defines the error for unusable input. Each error has an exit code; the command catches it in one place."""


class MonitorError(Exception):
    """Raised if the input, the baseline or a setting cannot be used; the message says what, where, and what to do."""

    exit_code = 2
