"""Build the steps that compare a model with the approved version, so that only a model as good is registered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pipelines.steps.context import BuildContext
from pipelines.steps.functions import FunctionResult, call
from pipelines.steps.processing import ProcessingResult, process

from sagemaker.core.workflow.properties import PropertyFile

#: The outputs that are read of the function; deploy/lambdas/get_approved_model documents them.
APPROVED_OUTPUTS = {"ModelPackageVersion": "Integer", "ModelDataUrl": "String", "FeaturizerUri": "String"}


@dataclass(frozen=True)
class Comparison:
    """The step that looks up the approved version, and the step that measures both models on the same rows."""

    approved_model: FunctionResult
    evaluation: ProcessingResult

    def values(self, report: str, path: str) -> tuple[Any, Any]:
        """Return a number of the model from the report, and the same number of the approved version."""
        return self.evaluation.value(report, path), self.evaluation.value(report, f"approved_model.{path}")


def compare(
    context: BuildContext,
    name: str,
    *,
    model: Any,
    preprocessing: ProcessingResult,
    report: PropertyFile,
    group: str,
    function: str,
) -> Comparison:
    """Return steps that evaluate an XGBoost model and the approved one on the same rows, each with its featurizer.

    If no version is approved yet, the model is compared with itself.

    Args:
        context: what all jobs share.
        name: the name of the step that evaluates.
        model: the S3 URI of model.tar.gz.
        preprocessing: the step with the outputs ``test``, ``featurizer`` and ``raw_test``.
        report: the evaluation.json that it writes; see ``pipelines.scripts.champion``.
        group: the model package group.
        function: name or ARN of the function that looks up the approved version.
    """
    default = {"ModelDataUrl": model, "FeaturizerUri": preprocessing.file("featurizer", "featurizer.json")}
    event = {"model_package_group_name": group, "or_else": default}
    approved_model = call(
        context, "LambdaStepGetApprovedModel", function=function, inputs=event, outputs=APPROVED_OUTPUTS
    )
    evaluation = process(
        context,
        name,
        script="pipelines.scripts.champion",
        image=context.xgboost_image,
        inputs={
            "model": model,
            "approved_model": approved_model["ModelDataUrl"],
            "approved_featurizer": approved_model["FeaturizerUri"],
            **{output: preprocessing[output] for output in ("test", "featurizer", "raw_test")},
        },
        outputs=[report.output_name],
        arguments={"approved-version": approved_model["ModelPackageVersion"]},
        reports=[report],
    )
    return Comparison(approved_model, evaluation)
