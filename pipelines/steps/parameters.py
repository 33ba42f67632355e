"""Define the parameters that every training pipeline has."""

from __future__ import annotations

from typing import Any, NamedTuple

from sagemaker.core.workflow.parameters import ParameterBoolean, ParameterFloat, ParameterInteger, ParameterString

APPROVAL_STATUSES = ["PendingManualApproval", "Approved", "Rejected"]


class CheckParameters(NamedTuple):
    """The parameters that a quality check has; in a first run, without a baseline, the first two have to be True."""

    skip: ParameterBoolean
    register: ParameterBoolean
    supplied_statistics: ParameterString
    supplied_constraints: ParameterString

    @classmethod
    def for_check(cls, check: str) -> CheckParameters:
        """Return the parameters of a check, e.g. SkipDataQualityCheck and others for ``DataQuality``."""
        return cls(
            *_flags(check),
            ParameterString(f"{check}SuppliedStatistics", default_value=""),
            ParameterString(f"{check}SuppliedConstraints", default_value=""),
        )

    @property
    def supplied_uris(self) -> tuple[Any, Any]:
        """The URIs of the statistics and of the constraints that an execution supplies."""
        return self.supplied_statistics, self.supplied_constraints


class ClarifyParameters(NamedTuple):
    """The parameters of a check of bias or explainability, which has no statistics."""

    skip: ParameterBoolean
    register: ParameterBoolean
    supplied_constraints: ParameterString

    @classmethod
    def for_check(cls, check: str) -> ClarifyParameters:
        """Return the parameters of a check, e.g. SkipDataBiasCheck and others for ``DataBias``."""
        return cls(*_flags(check), ParameterString(f"{check}SuppliedBaselineConstraints", default_value=""))

    @property
    def supplied_uris(self) -> tuple[Any, Any]:
        """The URIs of the statistics, which is empty, and of the constraints."""
        return "", self.supplied_constraints


def _flags(check: str) -> tuple[ParameterBoolean, ParameterBoolean]:
    return (
        ParameterBoolean(f"Skip{check}Check", default_value=False),
        ParameterBoolean(f"RegisterNew{check}Baseline", default_value=False),
    )


class TrainingParameters(NamedTuple):
    """The parameters that an execution may override, in the order of the console's form; None for a missing check."""

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
        """Return the parameters with their defaults.

        Args:
            threshold: the value that the gate compares the model's metric with.
            input_data: URI of the training data; without it every start has to give one.
            has_clarify: whether the checks of bias and explainability are part of the pipeline.
        """
        return cls(
            ParameterInteger("ProcessingInstanceCount", default_value=1),
            ParameterString("ModelApprovalStatus", APPROVAL_STATUSES[0], enum_values=APPROVAL_STATUSES),
            ParameterString("InputDataUrl", default_value=input_data),
            ParameterInteger("RandomSeed", default_value=0),  # of the split and of the training
            threshold,
            CheckParameters.for_check("DataQuality"),
            ClarifyParameters.for_check("DataBias") if has_clarify else None,
            CheckParameters.for_check("ModelQuality"),
            ClarifyParameters.for_check("ModelBias") if has_clarify else None,
            ClarifyParameters.for_check("ModelExplainability") if has_clarify else None,
        )
