"""The parameters that every training pipeline has."""

from __future__ import annotations

from typing import Any, NamedTuple

from sagemaker.core.workflow.parameters import ParameterBoolean, ParameterFloat, ParameterInteger, ParameterString

APPROVAL_STATUSES = ["PendingManualApproval", "Approved", "Rejected"]


class CheckParameters(NamedTuple):
    """What an execution may say of a check. For a first run, without a baseline, the first two are True."""

    skip: ParameterBoolean
    register: ParameterBoolean
    supplied_statistics: ParameterString
    supplied_constraints: ParameterString

    @classmethod
    def of(cls, check: str) -> CheckParameters:
        """Those of a check, e.g. SkipDataQualityCheck of ``DataQuality``."""
        return cls(
            *_flags(check),
            ParameterString(f"{check}SuppliedStatistics", default_value=""),
            ParameterString(f"{check}SuppliedConstraints", default_value=""),
        )

    @property
    def supplied(self) -> tuple[Any, Any]:
        """The URIs of the statistics and of the constraints."""
        return self.supplied_statistics, self.supplied_constraints


class ClarifyParameters(NamedTuple):
    """The same of a check of bias or explainability, which has no statistics."""

    skip: ParameterBoolean
    register: ParameterBoolean
    supplied_constraints: ParameterString

    @classmethod
    def of(cls, check: str) -> ClarifyParameters:
        """Those of a check, e.g. SkipDataBiasCheck of ``DataBias``."""
        return cls(*_flags(check), ParameterString(f"{check}SuppliedBaselineConstraints", default_value=""))

    @property
    def supplied(self) -> tuple[Any, Any]:
        """The same; there are no statistics."""
        return "", self.supplied_constraints


def _flags(check: str) -> tuple[ParameterBoolean, ParameterBoolean]:
    return (
        ParameterBoolean(f"Skip{check}Check", default_value=False),
        ParameterBoolean(f"RegisterNew{check}Baseline", default_value=False),
    )


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
