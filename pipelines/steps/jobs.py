"""The former name of ``pipelines.steps.context``; see CHANGELOG.md."""

from pipelines.steps.context import BuildContext as Jobs
from pipelines.steps.context import Security, Settings
from pipelines.steps.context import open_context as open_jobs

__all__ = ["Jobs", "Security", "Settings", "open_jobs"]
