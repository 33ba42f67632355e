"""The former name of ``pipelines.compiling.pipeline``; see CHANGELOG.md."""

from pipelines.compiling.pipeline import Pipeline, PipelineExecution, compiling_session

__all__ = ["Pipeline", "PipelineExecution", "compiling_session"]
