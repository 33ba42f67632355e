"""The abalone pipeline: from raw measurements to a registered model that predicts the rings of a shell.

PreprocessAbaloneData --------------> DataBiasCheckStep
          |                                   |
DataQualityCheckStep -----------------> TrainAbaloneModel -> EvaluateAbaloneModel -> CheckMSEAbaloneEvaluation
                                              |                                          |               |
                                      AbaloneCreateModel -> AbaloneTransform             |     AbaloneModelRejected
                                        |         |                   |                  |
                                        |         |               ModelQualityCheckStep  |
                                        |         |                                 |    |
                                        |     ModelExplainabilityCheckStep          |    |
                                        |                                |          |    |
                                    ModelBiasCheckStep ---------------> RegisterAbaloneModel

The model is registered where its mse is at most MseThreshold.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from pipelines.abalone.columns import SCHEMA
from pipelines.steps.checks import CheckParameters, ClarifyParameters, check_quality
from pipelines.steps.clarify import check_bias, check_explainability
from pipelines.steps.flow import at_most, fail
from pipelines.steps.jobs import Jobs, Security, open_jobs
from pipelines.steps.model import create_model
from pipelines.steps.pipeline import Pipeline
from pipelines.steps.processing import process
from pipelines.steps.registration import register
from pipelines.steps.training import train
from pipelines.steps.transform import transform

from sagemaker.core.workflow.execution_variables import ExecutionVariables
from sagemaker.core.workflow.parameters import ParameterFloat, ParameterInteger, ParameterString
from sagemaker.core.workflow.properties import PropertyFile

PROBLEM_TYPE = "Regression"
METRIC = "regression_metrics.mse.value"
EVALUATION = PropertyFile("AbaloneEvaluationReport", output_name="evaluation", path="evaluation.json")
APPROVAL_STATUSES = ["PendingManualApproval", "Approved", "Rejected"]
HYPERPARAMETERS = {
    "objective": "reg:squarederror",
    "num_round": 50,
    "max_depth": 5,
    "eta": 0.2,
    "gamma": 4,
    "min_child_weight": 6,
    "subsample": 0.7,
}
#: Bias is measured for shells of more rings than this, that is older than 16.5 years, by sex.
OLD = 15.0  # rings
FACETS = {name: [0.5] for name in ("sex_F", "sex_I", "sex_M")}  # 1.0 where it is so
#: What SHAP values compare a shell with: one of average measurements, as each sex. Numeric features are deviations.
AVERAGE_SHELLS = [[0.0] * len(SCHEMA.numeric) + [float(one == sex) for one in FACETS] for sex in FACETS]
SHAP_SEED = 123
ALL_COALITIONS = 2 ** len(SCHEMA.features) - 2  # so many samples make the values exact


class Parameters(NamedTuple):
    """What an execution may override, in the order of the console's form."""

    processing_instance_count: ParameterInteger
    model_approval_status: ParameterString
    input_data: ParameterString
    random_seed: ParameterInteger
    mse_threshold: ParameterFloat
    data_quality: CheckParameters
    data_bias: ClarifyParameters
    model_quality: CheckParameters
    model_bias: ClarifyParameters
    model_explainability: ClarifyParameters

    @classmethod
    def defaults(cls, region: str) -> Parameters:
        """The parameters with their defaults; the data are AWS's public copy of the UCI file."""
        data = f"s3://sagemaker-servicecatalog-seedcode-{region}/dataset/abalone-dataset.csv"
        return cls(
            ParameterInteger("ProcessingInstanceCount", default_value=1),
            ParameterString("ModelApprovalStatus", APPROVAL_STATUSES[0], enum_values=APPROVAL_STATUSES),
            ParameterString("InputDataUrl", default_value=data),
            ParameterInteger("RandomSeed", default_value=0),  # of the split and of the training
            ParameterFloat("MseThreshold", default_value=6.0),  # rings squared; predicting the mean gives 9 to 12
            CheckParameters.of("DataQuality"),
            ClarifyParameters.of("DataBias"),
            CheckParameters.of("ModelQuality"),
            ClarifyParameters.of("ModelBias"),
            ClarifyParameters.of("ModelExplainability"),
        )


def get_pipeline(
    region: str | None = None,
    role: str | None = None,
    default_bucket: str | None = None,
    model_package_group_name: str = "AbalonePackageGroup",
    pipeline_name: str = "AbalonePipeline",
    base_job_prefix: str = "Abalone",
    processing_instance_type: str = "ml.m5.xlarge",
    training_instance_type: str = "ml.m5.xlarge",
    sagemaker_project_name: str | None = None,
    sagemaker_project_arn: str | None = None,
    transform_instance_type: str = "ml.m5.xlarge",
    kms_key: str | None = None,
    subnets: Sequence[str] | None = None,
    security_group_ids: Sequence[str] | None = None,
    enable_network_isolation: bool = False,
    encrypt_inter_container_traffic: bool = False,
    tags: Sequence[Mapping[str, str]] | None = None,
    session: Any = None,
) -> Pipeline:
    """Define the pipeline; the module's docstring draws it. Nothing is called and nothing uploaded.

    Args:
        region, role, default_bucket, base_job_prefix, sagemaker_project_name, tags: see
            ``pipelines.steps.jobs.open_jobs``.
        model_package_group_name: where the model is registered.
        pipeline_name: the pipeline's name.
        processing_instance_type, training_instance_type, transform_instance_type: the service takes no parameter for
            them.
        sagemaker_project_arn: run-pipeline copies that project's tags to the pipeline.
        kms_key, subnets, security_group_ids, enable_network_isolation, encrypt_inter_container_traffic: see
            ``pipelines.steps.jobs.Security``; they reach every job.
        session: the boto3.Session that create, upsert and start use; a new one by default.

    Raises:
        UsageError: no region anywhere, a role that is no ARN, or subnets without security groups.
    """
    security = Security(kms_key, subnets, security_group_ids, enable_network_isolation, encrypt_inter_container_traffic)
    jobs = open_jobs(
        region=region,
        role=role,
        default_bucket=default_bucket,
        base_job_prefix=base_job_prefix,
        security=security,
        tags=tags,
        sagemaker_project_name=sagemaker_project_name,
        processing_instance_type=processing_instance_type,
        training_instance_type=training_instance_type,
        transform_instance_type=transform_instance_type,
    )
    params = Parameters.defaults(jobs.region)
    return jobs.pipeline(pipeline_name, params, steps(jobs, params, model_package_group_name), session)


def steps(jobs: Jobs, params: Parameters, model_package_group_name: str) -> list[Any]:
    """The graph, in the order in which it runs."""
    preprocessed = process(
        jobs,
        "PreprocessAbaloneData",
        script="pipelines.abalone.preprocess",
        image=jobs.scikit_learn_image,
        inputs={"data": params.input_data},
        outputs=["train", "validation", "test", "baseline", "featurizer"],
        arguments={"random-seed": params.random_seed},
        instance_count=params.processing_instance_count,
    )
    data_quality = check_quality(
        jobs,
        "DataQualityCheckStep",
        check="DataQuality",
        dataset=preprocessed["baseline"],
        parameters=params.data_quality,
        group=model_package_group_name,
    )
    of_sexes = {
        "dataset": preprocessed["train"],
        "columns": SCHEMA.columns,
        "label": SCHEMA.label,
        "positive": [OLD],
        "facets": FACETS,
        "group": model_package_group_name,
    }
    data_bias = check_bias(jobs, "DataBiasCheckStep", parameters=params.data_bias, **of_sexes)
    trained = train(
        jobs,
        "TrainAbaloneModel",
        image=jobs.xgboost_image,
        channels={"train": preprocessed["train"], "validation": preprocessed["validation"]},
        hyperparameters=HYPERPARAMETERS | {"seed": params.random_seed},
        output="AbaloneTrain",
        after=[data_quality.step, data_bias.step],
    )
    created = create_model(jobs, "AbaloneCreateModel", image=jobs.xgboost_image, model=trained.model)
    transformed = transform(
        jobs,
        "AbaloneTransform",
        model=created.name,
        data=preprocessed["test"],
        input_filter="$[1:]",  # the first column is the label, which the model must not see
        join=True,
        output_filter="$[0,-1]",  # the label, and what was predicted
    )
    model_quality = check_quality(
        jobs,
        "ModelQualityCheckStep",
        check="ModelQuality",
        dataset=transformed.output,
        header=False,
        parameters=params.model_quality,
        group=model_package_group_name,
        problem_type=PROBLEM_TYPE,
        ground_truth_attribute="_c0",
        inference_attribute="_c1",
    )
    model_bias = check_bias(jobs, "ModelBiasCheckStep", parameters=params.model_bias, model=created.name, **of_sexes)
    model_explainability = check_explainability(
        jobs,
        "ModelExplainabilityCheckStep",
        dataset=preprocessed["test"],
        columns=SCHEMA.columns,
        label=SCHEMA.label,
        baseline=AVERAGE_SHELLS,
        num_samples=ALL_COALITIONS,
        seed=SHAP_SEED,
        parameters=params.model_explainability,
        group=model_package_group_name,
        model=created.name,
    )
    evaluated = process(
        jobs,
        "EvaluateAbaloneModel",
        script="pipelines.abalone.evaluate",
        image=jobs.xgboost_image,
        inputs={
            "model": trained.model,
            "test": preprocessed["test"],
            "featurizer": preprocessed["featurizer"],
        },
        outputs=["evaluation"],
        reports=[EVALUATION],
    )
    mse = evaluated.value(EVALUATION.name, METRIC)
    registered = register(
        jobs,
        "RegisterAbaloneModel",
        image=jobs.xgboost_image,
        model=trained.model,
        group=model_package_group_name,
        approval_status=params.model_approval_status,
        facts={
            "FeaturizerUri": preprocessed.file("featurizer", "featurizer.json"),
            "BaselineDataUri": preprocessed.file("baseline", "baseline.csv"),
            "EvaluationUri": evaluated.file("evaluation", EVALUATION.path),
            "ProblemType": PROBLEM_TYPE,
            "Metric": METRIC,
            "Threshold": params.mse_threshold.to_string(),
            "RandomSeed": params.random_seed.to_string(),
            "InputDataUrl": params.input_data,
            "PipelineExecutionArn": ExecutionVariables.PIPELINE_EXECUTION_ARN,
        },
        checks=[data_quality, data_bias, model_quality, model_bias, model_explainability],
    )
    rejected = fail("AbaloneModelRejected", "the model's mse of", mse, "exceeds MseThreshold", params.mse_threshold)
    checked = at_most("CheckMSEAbaloneEvaluation", mse, params.mse_threshold, then=[registered], otherwise=[rejected])
    return [
        preprocessed.step,
        data_quality.step,
        data_bias.step,
        trained.step,
        created.step,
        transformed.step,
        model_quality.step,
        model_bias.step,
        model_explainability.step,
        evaluated.step,
        checked,
    ]
