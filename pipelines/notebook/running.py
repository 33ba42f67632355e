"""``from pipelines.notebook.running import follow``: an execution, as it runs and once it has ended."""

from local_sagemaker.tools.notebook.running import follow, metadata, public, steps

__all__ = ["follow", "metadata", "public", "steps"]
