"""Monitor an endpoint: compare its requests and answers of some hours with the data that its model was evaluated on.

LambdaStepFindCapture ----------------------------> CheckHasCapture
                                                          |
LambdaStepGetApprovedModel -> BaselineOfEndpoint -> MonitorEndpoint -> CheckEndpointDrift -> EndpointDrift

The baseline is computed once for each version: later executions take it from the step's cache.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Unpack

from local_sagemaker.tools.reports import ENDPOINT_DRIFT, REPORT_OUTPUTS
from local_sagemaker.tools.reports import VIOLATIONS_FILE as VIOLATIONS
from pipelines.compiling.offline import resolve_region
from pipelines.compiling.offline_pipeline import Pipeline
from pipelines.steps.context import BuildContext, Settings, open_context
from pipelines.steps.flow import at_least, branch, fail, is_true
from pipelines.steps.functions import call
from pipelines.steps.processing import ManifestInput, process

from sagemaker.core.workflow.execution_variables import ExecutionVariables
from sagemaker.core.workflow.functions import Join
from sagemaker.core.workflow.parameters import ParameterBoolean, ParameterInteger, ParameterString
from sagemaker.core.workflow.properties import PropertyFile

REPORT_OUTPUT = PropertyFile("EndpointReport", output_name=REPORT_OUTPUTS[ENDPOINT_DRIFT], path="report.json")
#: The outputs of the functions; deploy/lambdas describes each.
APPROVED_MODEL = {
    "ModelPackageVersion": "Integer", "ModelDataUrl": "String", "FeaturizerUri": "String", "TestDataUri": "String",
}  # fmt: skip
CAPTURE = {"Files": "Integer", "Manifest": "String"}


class Parameters(NamedTuple):
    """Lists the parameters of an execution, in the order of the console's form. The first two have no default."""

    capture_url: ParameterString
    model_package_version: ParameterInteger
    hours: ParameterInteger
    fail_on_violation: ParameterBoolean
    processing_instance_type: ParameterString

    @classmethod
    def defaults(cls) -> Parameters:
        """Return the parameters with their defaults.

        An hour is one folder of the capture; with 0 hours only the baseline is computed.
        """
        return cls(
            ParameterString("CaptureUrl"),
            ParameterInteger("ModelPackageVersion"),
            ParameterInteger("Hours", default_value=24),
            ParameterBoolean("FailOnViolation", default_value=True),
            ParameterString("ProcessingInstanceType", default_value="ml.m5.xlarge"),
        )


def get_pipeline(
    region: str | None = None,
    role: str | None = None,
    default_bucket: str | None = None,
    model_package_group_name: str | None = None,
    pipeline_name: str | None = None,
    base_job_prefix: str | None = None,
    use_case: str = "Abalone",
    approved_model_function: str = "sagemaker-get-approved-model",
    find_capture_function: str = "sagemaker-find-capture",
    drift: str = "exact",
    **settings: Unpack[Settings],
) -> Pipeline:
    """Define the pipeline that the module's docstring draws. Nothing is called and nothing uploaded.

    Args:
        region, role, default_bucket, settings: see ``steps.context.open_context``; the role needs permission to
            invoke the functions.
        model_package_group_name: the endpoint serves a version of it; ``<use_case>PackageGroup`` by default.
        pipeline_name, base_job_prefix: of this pipeline; ``<use_case>EndpointMonitor`` by default.
        use_case: its model has to be trained and served by XGBoost.
        approved_model_function, find_capture_function: names or ARNs of the Lambda functions.
        drift: how it is computed: exact, or compat, as AWS does, so that columns with few values never drift.

    Raises:
        UsageError: no region is configured, or an argument is unknown or invalid.
    """
    params, own_name = Parameters.defaults(), f"{use_case}EndpointMonitor"
    context = open_context(
        resolve_region(region),
        role,
        default_bucket,
        base_job_prefix or own_name,
        settings,
        processing_instance_type=params.processing_instance_type,
    )
    group = model_package_group_name or f"{use_case}PackageGroup"
    approved_model = call(
        context,
        "LambdaStepGetApprovedModel",
        function=approved_model_function,
        inputs={"model_package_group_name": group, "model_package_version": params.model_package_version},
        outputs=APPROVED_MODEL,
    )
    capture = call(
        context,
        "LambdaStepFindCapture",
        function=find_capture_function,
        inputs={
            "capture_url": params.capture_url,
            "until": ExecutionVariables.START_DATETIME,
            "hours": params.hours,
            "manifest_url": Join(on="/", values=[context.execution_prefix("captured"), "manifest.json"]),
        },
        outputs=CAPTURE,
    )
    jobs = steps(context, params, approved_model, capture, drift)
    return context.pipeline(pipeline_name or own_name, params, [approved_model, capture, *jobs])


def steps(context: BuildContext, params: Parameters, approved_model: Any, capture: Any, drift: str) -> list[Any]:
    """Return the jobs, in the order in which they run."""
    baseline = process(
        context,
        "BaselineOfEndpoint",
        script="pipelines.endpoint_monitor.baseline",
        image=context.xgboost_image,
        inputs={
            "model": approved_model["ModelDataUrl"],
            "test": approved_model["TestDataUri"],
            "featurizer": approved_model["FeaturizerUri"],
        },
        # Each version has a prefix of its own, where other monitors, such as AWS's schedule, find its baseline.
        outputs={"baseline": Join(on="/", values=[context.s3("baselines"), approved_model["ModelPackageVersion"]])},
        cached_for="P365D",
    )
    monitoring = process(
        context,
        "MonitorEndpoint",
        script="pipelines.endpoint_monitor.monitor",
        image=context.scikit_learn_image,
        inputs={"captured": ManifestInput(capture["Manifest"]), "baseline": baseline["baseline"]},
        outputs=[REPORT_OUTPUTS[ENDPOINT_DRIFT]],
        arguments={"drift": drift} | _metrics(context, params),
        reports=[REPORT_OUTPUT],
    )
    has_drifted = at_least(monitoring.value(REPORT_OUTPUT.name, "violations"), 1)
    drift_failure = fail(
        ENDPOINT_DRIFT,
        "the endpoint receives, or answers, other than its model was evaluated on:",
        monitoring.value(REPORT_OUTPUT.name, "violated"),
        "- see",
        monitoring.file(REPORT_OUTPUTS[ENDPOINT_DRIFT], VIOLATIONS),
    )
    return [
        baseline,
        branch("CheckHasCapture", at_least(capture["Files"], 1), then=[monitoring]),
        branch("CheckEndpointDrift", is_true(params.fail_on_violation), has_drifted, then=[drift_failure]),
    ]


def _metrics(context: BuildContext, params: Parameters) -> dict[str, Any]:
    """Return the arguments that name the monitor's metrics; an isolated job cannot reach CloudWatch and sends none."""
    if context.security.enable_network_isolation:
        return {}
    return {"metrics": (params.capture_url, ExecutionVariables.PIPELINE_NAME)}
