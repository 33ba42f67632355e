"""Declares the members of requests that start executions, and those of definitions and steps next to Arguments.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StartPipelineExecution.html
"""

from __future__ import annotations

from local_sagemaker.definition.members.shared import EXPERIMENTS
from local_sagemaker.definition.members.table import Table

REPEATED_CALL = {"ClientRequestToken": "a call that is repeated changes nothing"}
PARALLELISM = "ParallelismConfiguration ParallelismConfiguration.MaxParallelExecutionSteps"
PIPELINE_TEXTS = {"PipelineDisplayName": "a display name", "PipelineDescription": "a description"}
VERSIONS = "a pipeline has only its newest definition; create a pipeline for each version"

START_PIPELINE_EXECUTION = Table(
    "PipelineName PipelineParameters PipelineParameters.Name PipelineParameters.Value ClientRequestToken "
    f"{PARALLELISM}",
    recorded={
        "PipelineExecutionDisplayName": "a display name",
        "PipelineExecutionDescription": "a description",
    },
    without_effect={"MlflowExperimentName": EXPERIMENTS},
    refused={
        "SelectiveExecutionConfig": "all steps of a definition run; run a definition that has only the selected ones",
        "PipelineVersionId": VERSIONS,
    },
)
RETRY_PIPELINE_EXECUTION = Table(f"PipelineExecutionArn {PARALLELISM}", recorded=REPEATED_CALL)
#: The members of a definition, and of a step next to its Arguments.
DEFINITION = Table(
    "Version Parameters Steps",
    recorded={"Metadata": "a description"},
    without_effect={"PipelineExperimentConfig": EXPERIMENTS, "MlflowConfig": EXPERIMENTS},
)
STEP = Table(
    "Name Type Arguments DependsOn PropertyFiles FunctionArn OutputParameters SqsQueueUrl CheckType ModelName "
    "ModelPackageGroupName SkipCheck FailOnViolation RegisterNewBaseline SuppliedBaselineConstraints "
    "SuppliedBaselineStatistics",
    recorded={"DisplayName": "a display name", "Description": "a description"},
    without_effect={
        "CacheConfig": "every step runs in every execution",
        "RetryPolicies": "a step that failed is not started again; the command retry does that",
    },
)
