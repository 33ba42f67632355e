"""Helpers for notebook cells, which need the extra ``notebook``: where to work, progress, sortable tables, pictures.

``where`` and ``install`` belong to this project, the other modules to the framework.
"""

from local_sagemaker.tools.notebook import data, pictures, results, tables

__all__ = ["data", "pictures", "results", "tables"]
