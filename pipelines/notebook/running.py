"""``from pipelines.notebook.running import follow`` imports functions that show an execution, running or ended."""

from local_sagemaker.tools.notebook.running import follow, metadata, public, steps

__all__ = ["follow", "metadata", "public", "steps"]
