"""What the notebooks' cells use: where they work, progress, tables that sort, pictures; of the extra ``notebook``.

``where`` and ``install`` are this project's; the rest is the framework's.
"""

from local_sagemaker.tools.notebook import data, findings, pictures, tables

__all__ = ["data", "findings", "pictures", "tables"]
