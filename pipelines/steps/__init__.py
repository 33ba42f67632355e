"""Builders: one function per kind of step, shared by every use case.

Each returns a named result (``preprocessed["train"]``, ``trained.model``, ``evaluated.value(report, path)``), so that a
``get_pipeline`` reads like the graph that it defines.
"""

from pipelines.compiling import sdk  # noqa: F401  before any module in here imports the SDK: it cannot be imported without
