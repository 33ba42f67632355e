"""Check steps of SageMaker Clarify: bias of the data, bias of a model, and what a model's predictions come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pipelines.compiling import sdk
from pipelines.steps.checks import CHECK_TYPES, CheckResult, check_job, sagemaker_check_result
from pipelines.steps.context import BuildContext
from pipelines.steps.model import ModelResult
from pipelines.steps.parameters import ClarifyParameters
from pipelines.steps.previous import Previous
from pipelines.steps.transform import CSV

from sagemaker.core.clarify import BiasConfig, DataConfig, ModelConfig, ModelPredictedLabelConfig, SHAPConfig


def check_bias(
    context: BuildContext,
    name: str,
    *,
    dataset: Any,
    columns: Sequence[str],
    label: str,
    positive: Sequence[Any],
    facets: Mapping[str, Sequence[Any]],
    parameters: ClarifyParameters,
    previous: Previous,
    model: ModelResult | None = None,
    probability_threshold: float | None = None,
    fail_on_violation: Any = True,
) -> CheckResult:
    """A step that measures the bias of labels, or of a model's predictions, and compares it with the previous one.

    Args:
        context: what all jobs share.
        name: the step's.
        dataset: S3 URI of CSV files without a header, with the label among the columns.
        columns: their names, in order.
        label: the label's; with a point in its numbers, as in 15.0, it is compared with a threshold, without it may be
            taken as a category.
        positive: the labels of the positive outcome, or one threshold that positive ones are above.
        facets: column -> the values that make the part of the rows that is looked at, or one threshold.
        parameters: the execution's.
        previous: where the previous baseline is found.
        model: without one the bias of the labels themselves is measured.
        probability_threshold: of a model that answers with a probability: positive is what is above it.
        fail_on_violation: whether violations end the execution; else they are only reported.
    """
    settings = {
        "data_config": _data(context, name, dataset, columns, label),
        "data_bias_config": BiasConfig(list(positive), list(facets), [list(values) for values in facets.values()]),
    }
    if model is None:
        return _checked(context, name, "DataBias", settings, parameters, previous, fail_on_violation)
    predicted = ModelPredictedLabelConfig(probability_threshold=probability_threshold)
    settings |= {"model_config": _model(context, model.name), "model_predicted_label_config": predicted}
    return _checked(context, name, "ModelBias", settings, parameters, previous, fail_on_violation)


def check_explainability(
    context: BuildContext,
    name: str,
    *,
    dataset: Any,
    columns: Sequence[str],
    label: str,
    baseline: Sequence[Sequence[Any]],
    num_samples: int,
    seed: int,
    parameters: ClarifyParameters,
    previous: Previous,
    model: ModelResult,
    fail_on_violation: Any = True,
) -> CheckResult:
    """A step that explains a model's predictions by SHAP values, and compares the features' order with the previous.

    Args:
        dataset: S3 URI of CSV files without a header; each row is explained.
        baseline: rows of features that each row is compared with.
        num_samples: of KernelSHAP, for each row and baseline row; 2 ** features - 2 are all that there are.
        seed: of what is drawn.
        The others are those of ``check_bias``.
    """
    settings = {
        "data_config": _data(context, name, dataset, columns, label),
        "model_config": _model(context, model.name),
        "explainability_config": SHAPConfig([list(row) for row in baseline], num_samples, "mean_abs", seed=seed),
    }
    return _checked(context, name, "ModelExplainability", settings, parameters, previous, fail_on_violation)


def _data(context: BuildContext, name: str, dataset: Any, columns: Sequence[str], label: str) -> DataConfig:
    return DataConfig(
        s3_data_input_path=dataset,
        s3_output_path=context.of_execution(name.lower()),
        s3_analysis_config_output_path=context.s3("config"),
        label=label,
        headers=list(columns),
        dataset_type=CSV,
    )


def _model(context: BuildContext, name: Any) -> ModelConfig:
    asked = predictor(context)
    return ModelConfig(name, asked["initial_instance_count"], asked["instance_type"], CSV, content_type=CSV)


def predictor(context: BuildContext) -> dict[str, Any]:
    """How a model is asked, in a configuration of Clarify's."""
    return {
        "instance_type": context.transform_instance_type,
        "initial_instance_count": 1,
        "accept_type": CSV,
        "content_type": CSV,
    }


def _checked(
    context: BuildContext,
    name: str,
    check: str,
    settings: Mapping[str, Any],
    parameters: ClarifyParameters,
    previous: Previous,
    fail_on_violation: Any,
) -> CheckResult:
    step = sdk.clarify_check_step(
        context.recording,
        context.prefix,
        name=name,
        clarify_check_config=CHECK_TYPES[check].config(**settings),
        # Clarify makes an endpoint of the model and asks it from within its job, which an isolated job cannot.
        check_job_config=check_job(context, may_isolate="model_config" not in settings),
        skip_check=parameters.skip,
        fail_on_violation=fail_on_violation,
        register_new_baseline=parameters.register,
        model_package_group_name=previous.group,
        supplied_baseline_constraints=parameters.supplied_constraints,
    )
    return sagemaker_check_result(step, CHECK_TYPES[check], step.clarify_check_config.monitoring_analysis_config_uri)
