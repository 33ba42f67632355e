"""The former name of ``local_sagemaker.tools.command_errors``; see CHANGELOG.md."""

from local_sagemaker.tools.command_errors import Interrupted, LintError, ProjectError, UsageError

__all__ = ["Interrupted", "LintError", "ProjectError", "UsageError"]
