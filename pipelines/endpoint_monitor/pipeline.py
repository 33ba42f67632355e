"""Monitor an endpoint: what it received and answered in some hours, against what its model was evaluated on.

LambdaStepFindCapture ----------------------------> CheckHasCapture
                                                          |
LambdaStepGetApprovedModel -> BaselineOfEndpoint -> MonitorEndpoint -> CheckEndpointDrift -> EndpointDrift

The baseline is made once for a version: later executions find it in the step's cache.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Unpack

from local_sagemaker.tools.reports import DRIFT, OUTPUTS
from local_sagemaker.tools.reports import VIOLATIONS_FILE as VIOLATIONS
from pipelines.compiling.offline import region_or_environment
from pipelines.compiling.pipeline import Pipeline
from pipelines.steps.context import BuildContext, Settings, open_context
from pipelines.steps.flow import at_least, fail, is_true, when
from pipelines.steps.functions import call
from pipelines.steps.processing import ManifestInput, process

from sagemaker.core.workflow.execution_variables import ExecutionVariables
from sagemaker.core.workflow.functions import Join
from sagemaker.core.workflow.parameters import ParameterBoolean, ParameterInteger, ParameterString
from sagemaker.core.workflow.properties import PropertyFile

REPORT_OUTPUT = PropertyFile("EndpointReport", output_name=OUTPUTS[DRIFT], path="report.json")
#: What the functions give back; deploy/lambdas says what each is.
APPROVED_MODEL = {
    "ModelPackageVersion": "Integer", "ModelDataUrl": "String", "FeaturizerUri": "String", "TestDataUri": "String",
}  # fmt: skip
CAPTURE = {"Files": "Integer", "Manifest": "String"}


class Parameters(NamedTuple):
    """What an execution says, in the order of the console's form. The first two have no default."""

    capture_url: ParameterString
    model_package_version: ParameterInteger
    hours: ParameterInteger
    fail_on_violation: ParameterBoolean
    processing_instance_type: ParameterString

    @classmethod
    def defaults(cls) -> Parameters:
        """The parameters; an hour is the capture's own folder, and of none the baseline alone is made."""
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
    """Define the pipeline; the module's docstring draws it. Nothing is called and nothing uploaded.

    Args:
        region, role, default_bucket, settings: see ``steps.context.open_context``; the role has to be allowed to
            invoke the functions.
        model_package_group_name: that the endpoint serves a version of; ``<use_case>PackageGroup`` by default.
        pipeline_name, base_job_prefix: of this pipeline; ``<use_case>EndpointMonitor`` by default.
        use_case: one whose model XGBoost trains and serves.
        approved_model_function, find_capture_function: names or ARNs of the Lambda functions.
        drift: how it is computed: exact, or compat, as AWS does, by which columns of few values never drift.

    Raises:
        UsageError: no region anywhere, or an argument that is unknown or cannot be what it should.
    """
    params, own_name = Parameters.defaults(), f"{use_case}EndpointMonitor"
    context = open_context(
        region_or_environment(region),
        role,
        default_bucket,
        base_job_prefix or own_name,
        settings,
        processing_instance_type=params.processing_instance_type,
    )
    group = model_package_group_name or f"{use_case}PackageGroup"
    approved = call(
        context,
        "LambdaStepGetApprovedModel",
        function=approved_model_function,
        inputs={"model_package_group_name": group, "model_package_version": params.model_package_version},
        outputs=APPROVED_MODEL,
    )
    found = call(
        context,
        "LambdaStepFindCapture",
        function=find_capture_function,
        inputs={
            "capture_url": params.capture_url,
            "until": ExecutionVariables.START_DATETIME,
            "hours": params.hours,
            "manifest_url": Join(on="/", values=[context.of_execution("captured"), "manifest.json"]),
        },
        outputs=CAPTURE,
    )
    made = steps(context, params, approved, found, drift)
    return context.pipeline(pipeline_name or own_name, params, [approved, found, *made])


def steps(context: BuildContext, params: Parameters, approved: Any, found: Any, drift: str) -> list[Any]:
    """The jobs, in the order in which they run."""
    baseline = process(
        context,
        "BaselineOfEndpoint",
        script="pipelines.endpoint_monitor.baseline",
        image=context.xgboost_image,
        inputs={
            "model": approved["ModelDataUrl"],
            "test": approved["TestDataUri"],
            "featurizer": approved["FeaturizerUri"],
        },
        # At a place of the version's own: whoever monitors otherwise, such as AWS's schedule, finds it there.
        outputs={"baseline": Join(on="/", values=[context.s3("baselines"), approved["ModelPackageVersion"]])},
        cached_for="P365D",
    )
    monitored = process(
        context,
        "MonitorEndpoint",
        script="pipelines.endpoint_monitor.monitor",
        image=context.scikit_learn_image,
        inputs={"captured": ManifestInput(found["Manifest"]), "baseline": baseline["baseline"]},
        outputs=[OUTPUTS[DRIFT]],
        arguments={"drift": drift} | _metrics(context, params),
        reports=[REPORT_OUTPUT],
    )
    has_drifted = at_least(monitored.value(REPORT_OUTPUT.name, "violations"), 1)
    drifted = fail(
        DRIFT,
        "the endpoint receives, or answers, other than its model was evaluated on:",
        monitored.value(REPORT_OUTPUT.name, "violated"),
        "- see",
        monitored.file(OUTPUTS[DRIFT], VIOLATIONS),
    )
    return [
        baseline,
        when("CheckHasCapture", at_least(found["Files"], 1), then=[monitored]),
        when("CheckEndpointDrift", is_true(params.fail_on_violation), has_drifted, then=[drifted]),
    ]


def _metrics(context: BuildContext, params: Parameters) -> dict[str, Any]:
    """What the monitor's metrics are named by; an isolated job reaches no CloudWatch and sends none."""
    if context.security.enable_network_isolation:
        return {}
    return {"metrics": (params.capture_url, ExecutionVariables.PIPELINE_NAME)}
