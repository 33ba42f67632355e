"""The former name of ``pipelines.notebook.results``, with two former names of its functions; see CHANGELOG.md."""

from local_sagemaker.tools.notebook.results import *  # noqa: F403
from local_sagemaker.tools.notebook.results import metrics_by_version, violated_columns

beside_naive, violated = metrics_by_version, violated_columns
