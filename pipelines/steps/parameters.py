"""The parameters that every training pipeline has."""

from __future__ import annotations

from typing import NamedTuple

from pipelines.steps.checks import CheckParameters, ClarifyParameters

from sagemaker.core.workflow.parameters import ParameterFloat, ParameterInteger, ParameterString

APPROVAL_STATUSES = ["PendingManualApproval", "Approved", "Rejected"]


class TrainingParameters(NamedTuple):
    """What an execution may override, in the order of the console's form."""

    processing_instance_count: ParameterInteger
    model_approval_status: ParameterString
    input_data: ParameterString
    random_seed: ParameterInteger
    threshold: ParameterFloat
    data_quality: CheckParameters
    data_bias: ClarifyParameters
    model_quality: CheckParameters
    model_bias: ClarifyParameters
    model_explainability: ClarifyParameters

    @classmethod
    def of(cls, threshold: ParameterFloat, input_data: str | None = None) -> TrainingParameters:
        """The parameters with their defaults.

        Args:
            threshold: what the gate compares the model's metric with.
            input_data: URI of the training data; without it every start has to name one.
        """
        return cls(
            ParameterInteger("ProcessingInstanceCount", default_value=1),
            ParameterString("ModelApprovalStatus", APPROVAL_STATUSES[0], enum_values=APPROVAL_STATUSES),
            ParameterString("InputDataUrl", default_value=input_data),
            ParameterInteger("RandomSeed", default_value=0),  # of the split and of the training
            threshold,
            CheckParameters.of("DataQuality"),
            ClarifyParameters.of("DataBias"),
            CheckParameters.of("ModelQuality"),
            ClarifyParameters.of("ModelBias"),
            ClarifyParameters.of("ModelExplainability"),
        )
