"""What can be wrong with what a caller hands in. One root, an exit code each, caught once at the command's edge."""


class MonitorError(Exception):
    """The input, the baseline or a setting cannot be used; the message says what, where, and what to do."""

    exit_code = 2
