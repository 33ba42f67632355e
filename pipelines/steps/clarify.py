"""Build check steps of SageMaker Clarify: bias of the data, bias of a model, and explainability of its predictions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pipelines.compiling import sdk
from pipelines.steps.checks import CHECK_TYPES, CheckResult, check_job_config, sagemaker_check_result
from pipelines.steps.context import BuildContext
from pipelines.steps.model import ModelResult
from pipelines.steps.parameters import ClarifyParameters
from pipelines.steps.previous import PreviousBaselines
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
    previous: PreviousBaselines,
    model: ModelResult | None = None,
    probability_threshold: float | None = None,
    fail_on_violation: Any = True,
) -> CheckResult:
    """Return a step that measures bias of labels, or of a model's predictions, and compares it with the previous bias.

    Args:
        context: what all jobs share.
        name: the step's name.
        dataset: S3 URI of CSV files without a header; the label is one of the columns.
        columns: the columns' names, in order.
        label: the label's name. If it is compared with a threshold, the dataset must have it with a decimal point, as
            in 15.0; without one, Clarify may take it for a category.
        positive: the labels of the positive outcome, or one threshold that they exceed.
        facets: column -> the values, or one threshold, that select the rows that bias is measured for.
        parameters: the check's parameters.
        previous: the previous baselines.
        model: the model; None to measure the bias of the labels themselves.
        probability_threshold: for a model that predicts probabilities: the value above which a prediction is positive.
        fail_on_violation: whether violations fail the execution; otherwise they are only reported.
    """
    settings = {
        "data_config": _data_config(context, name, dataset, columns, label),
        "data_bias_config": BiasConfig(list(positive), list(facets), [list(values) for values in facets.values()]),
    }
    if model is None:
        return _check_step(context, name, "DataBias", settings, parameters, previous, fail_on_violation)
    label_config = ModelPredictedLabelConfig(probability_threshold=probability_threshold)
    settings |= {"model_config": _model_config(context, model.name), "model_predicted_label_config": label_config}
    return _check_step(context, name, "ModelBias", settings, parameters, previous, fail_on_violation)


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
    previous: PreviousBaselines,
    model: ModelResult,
    fail_on_violation: Any = True,
) -> CheckResult:
    """Return a step that explains a model's predictions, and compares the features' ranking with the previous one.

    Args:
        context, name, columns, label, parameters, previous, model, fail_on_violation: as for ``check_bias``.
        dataset: S3 URI of CSV files without a header; each row is explained by SHAP values.
        baseline: rows of features that each row is compared with.
        num_samples: how many samples KernelSHAP draws for each pair of row and baseline row; at most 2 ** features - 2.
        seed: the random seed for drawing the samples.
    """
    settings = {
        "data_config": _data_config(context, name, dataset, columns, label),
        "model_config": _model_config(context, model.name),
        "explainability_config": SHAPConfig([list(row) for row in baseline], num_samples, "mean_abs", seed=seed),
    }
    return _check_step(context, name, "ModelExplainability", settings, parameters, previous, fail_on_violation)


def _data_config(context: BuildContext, name: str, dataset: Any, columns: Sequence[str], label: str) -> DataConfig:
    return DataConfig(
        s3_data_input_path=dataset,
        s3_output_path=context.execution_prefix(name.lower()),
        s3_analysis_config_output_path=context.s3("config"),
        label=label,
        headers=list(columns),
        dataset_type=CSV,
    )


def _model_config(context: BuildContext, name: Any) -> ModelConfig:
    config = predictor_config(context)
    return ModelConfig(name, config["initial_instance_count"], config["instance_type"], CSV, content_type=CSV)


def predictor_config(context: BuildContext) -> dict[str, Any]:
    """Return how a model is invoked, as Clarify's configuration describes it."""
    return {
        "instance_type": context.transform_instance_type,
        "initial_instance_count": 1,
        "accept_type": CSV,
        "content_type": CSV,
    }


def _check_step(
    context: BuildContext,
    name: str,
    check: str,
    settings: Mapping[str, Any],
    parameters: ClarifyParameters,
    previous: PreviousBaselines,
    fail_on_violation: Any,
) -> CheckResult:
    step = sdk.clarify_check_step(
        context.recording,
        context.prefix,
        name=name,
        clarify_check_config=CHECK_TYPES[check].config(**settings),
        # Clarify creates an endpoint for the model and calls it from within its job, which an isolated job cannot.
        check_job_config=check_job_config(context, may_isolate="model_config" not in settings),
        skip_check=parameters.skip,
        fail_on_violation=fail_on_violation,
        register_new_baseline=parameters.register,
        model_package_group_name=previous.group,
        supplied_baseline_constraints=parameters.supplied_constraints,
    )
    return sagemaker_check_result(step, CHECK_TYPES[check], step.clarify_check_config.monitoring_analysis_config_uri)
