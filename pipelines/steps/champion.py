"""A model beside the version that is approved: who is to be registered has to be as good on the same rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pipelines.steps.context import BuildContext
from pipelines.steps.functions import FunctionResult, call
from pipelines.steps.processing import ProcessingResult, process

from sagemaker.core.workflow.properties import PropertyFile

#: What is asked of the function; deploy/lambdas/get_approved_model says what each is.
APPROVED = {"ModelPackageVersion": "Integer", "ModelDataUrl": "String", "FeaturizerUri": "String"}


@dataclass(frozen=True)
class Comparison:
    """The step that looks up the approved version, and the one that measures both."""

    approved: FunctionResult
    evaluated: ProcessingResult

    def values(self, report: str, path: str) -> tuple[Any, Any]:
        """A number of the model's in the report, and the same of the approved version's."""
        return self.evaluated.value(report, path), self.evaluated.value(report, f"approved_model.{path}")


def compare(
    context: BuildContext,
    name: str,
    *,
    model: Any,
    preprocessed: ProcessingResult,
    report: PropertyFile,
    group: str,
    function: str,
) -> Comparison:
    """A step that evaluates a model of the built-in XGBoost beside the approved one, each with its own featurizer.

    Where nothing is approved yet, the model is compared with itself.

    Args:
        context: what all jobs share.
        name: the step's.
        model: the S3 URI of model.tar.gz.
        preprocessed: the step with the outputs ``test``, ``featurizer`` and ``raw_test``.
        report: its evaluation.json; see ``pipelines.scripts.champion``.
        group: the model package group.
        function: name or ARN of the function that looks up the approved version.
    """
    instead = {"ModelDataUrl": model, "FeaturizerUri": preprocessed.file("featurizer", "featurizer.json")}
    event = {"model_package_group_name": group, "or_else": instead}
    approved = call(context, "LambdaStepGetApprovedModel", function=function, inputs=event, outputs=APPROVED)
    evaluated = process(
        context,
        name,
        script="pipelines.scripts.champion",
        image=context.xgboost_image,
        inputs={
            "model": model,
            "approved_model": approved["ModelDataUrl"],
            "approved_featurizer": approved["FeaturizerUri"],
            **{output: preprocessed[output] for output in ("test", "featurizer", "raw_test")},
        },
        outputs=[report.output_name],
        arguments={"approved-version": approved["ModelPackageVersion"]},
        reports=[report],
    )
    return Comparison(approved, evaluated)
