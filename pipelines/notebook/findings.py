"""The former name of ``pipelines.notebook.results``, with two former names of its functions; see CHANGELOG.md."""

from local_sagemaker.tools.notebook.results import (
    CheckDocuments,
    analyses,
    attributions,
    bias,
    learning_curves,
    predictions,
    scores,
    statistics,
    versions,
)
from local_sagemaker.tools.notebook.results import metrics_by_version as beside_naive
from local_sagemaker.tools.notebook.results import violated_columns as violated

__all__ = [
    "CheckDocuments",
    "analyses",
    "attributions",
    "beside_naive",
    "bias",
    "learning_curves",
    "predictions",
    "scores",
    "statistics",
    "versions",
    "violated",
]
