"""The former name of ``pipelines.compiling.offline_pipeline``; see CHANGELOG.md."""

from pipelines.compiling.offline_pipeline import Pipeline, PipelineExecution, compiling_session

__all__ = ["Pipeline", "PipelineExecution", "compiling_session"]
