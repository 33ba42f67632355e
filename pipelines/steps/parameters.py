"""The parameters that every training pipeline has."""

from __future__ import annotations

from typing import NamedTuple

from pipelines.steps.checks import CheckParameters, ClarifyParameters

from sagemaker.core.workflow.parameters import ParameterFloat, ParameterInteger, ParameterString

APPROVAL_STATUSES = ["PendingManualApproval", "Approved", "Rejected"]


class TrainingParameters(NamedTuple):
    """What an execution may override, in the order of the console's form; None for a check that there is not."""

    processing_instance_count: ParameterInteger
    model_approval_status: ParameterString
    input_data: ParameterString
    random_seed: ParameterInteger
    threshold: ParameterFloat
    data_quality: CheckParameters
    data_bias: ClarifyParameters | None
    model_quality: CheckParameters
    model_bias: ClarifyParameters | None
    model_explainability: ClarifyParameters | None

    @classmethod
    def of(
        cls, threshold: ParameterFloat, input_data: str | None = None, has_clarify: bool = True
    ) -> TrainingParameters:
        """The parameters with their defaults.

        Args:
            threshold: what the gate compares the model's metric with.
            input_data: URI of the training data; without it every start has to name one.
            has_clarify: whether there are the checks of bias and explainability.
        """
        return cls(
            ParameterInteger("ProcessingInstanceCount", default_value=1),
            ParameterString("ModelApprovalStatus", APPROVAL_STATUSES[0], enum_values=APPROVAL_STATUSES),
            ParameterString("InputDataUrl", default_value=input_data),
            ParameterInteger("RandomSeed", default_value=0),  # of the split and of the training
            threshold,
            CheckParameters.of("DataQuality"),
            ClarifyParameters.of("DataBias") if has_clarify else None,
            CheckParameters.of("ModelQuality"),
            ClarifyParameters.of("ModelBias") if has_clarify else None,
            ClarifyParameters.of("ModelExplainability") if has_clarify else None,
        )
