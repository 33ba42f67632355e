"""Builders that all use cases share: one function per kind of step.

Each returns a result (``preprocessing["train"]``, ``training.model``, ``evaluation.value(report, path)``), so that a
``get_pipeline`` reads like the graph that it defines.
"""

from pipelines.compiling import sdk  # noqa: F401  has to come before any import of the SDK, which fails without it
