"""Tests ClarifyCheck steps from start to end: baselines, violations, the model that is called, and the output files."""

from __future__ import annotations

import json

from local_sagemaker.testing import BUCKET, ROLE, XGBOOST, archive, model_step, run, start, wait_for_end

import numpy as np
import pytest
from botocore.exceptions import ClientError

IMAGE = "205585389593.dkr.ecr.us-east-1.amazonaws.com/sagemaker-clarify-processing:1.0"
OUT, GROUP = f"s3://{BUCKET}/out", "Shells"
RANDOM = np.random.default_rng(0)
SEX = RANDOM.integers(0, 2, 200)
SIZE, WEIGHT = RANDOM.normal(size=(2, 200)).round(3)
BIAS = {
    "version": "1.0",
    "dataset_type": "text/csv",
    "headers": ["rings", "size", "weight", "sex"],
    "label": "rings",
    "label_values_or_threshold": [11.0],
    "facet": [{"name_or_index": "sex", "value_or_threshold": [1]}],
}
DATA_BIAS = BIAS | {
    "methods": {"pre_training_bias": {"methods": "all"}, "report": {"name": "report", "title": "Report"}}
}
MODEL_BIAS = BIAS | {"methods": {"post_training_bias": {"methods": "all"}}, "predictor": {"content_type": "text/csv"}}
SHAP = {"baseline": [[0, 0, 0], [0, 0, 1]], "num_samples": 6, "seed": 1, "save_local_shap_values": True}
EXPLAIN = {k: BIAS[k] for k in ("dataset_type", "headers", "label")} | {"methods": {"shap": SHAP}, "predictor": {}}
CONFIGS = {"DATA_BIAS": DATA_BIAS, "MODEL_BIAS": MODEL_BIAS, "MODEL_EXPLAINABILITY": EXPLAIN}


def rings(of_one_sex=0.0):
    return (10 + 3 * SIZE + 2 * SEX + of_one_sex * SEX).round(1)


def rows(label):
    return "".join(",".join(map(str, row)) + "\n" for row in zip(label, SIZE, WEIGHT, SEX, strict=True)).encode()


def train_archive(label, features=None):
    """Return the model.tar.gz of a model that is trained on these labels."""
    import xgboost

    data = np.column_stack([SIZE, WEIGHT, SEX]) if features is None else features
    booster = xgboost.train({"max_depth": 3}, xgboost.DMatrix(data, label), 10)
    return archive({"xgboost-model": bytes(booster.save_raw())})


@pytest.fixture
def put(session):
    """Return a function that writes an object and returns its URI."""
    session.client("s3").create_bucket(Bucket=BUCKET)

    def write(key, content):
        session.client("s3").put_object(Bucket=BUCKET, Key=key, Body=content)
        return f"s3://{BUCKET}/{key}"

    return write


@pytest.fixture
def read(account):
    return lambda uri: json.loads(account.objects.read_text(uri))


@pytest.fixture
def check(put):
    """Return a function that makes a check as the SDK writes it, and uploads its data and configuration."""

    def step(check_type, data=None, config=None, out=OUT, **settings):
        body = config if isinstance(config, bytes) else json.dumps(config or CONFIGS[check_type]).encode()
        inputs = {
            "analysis_config": ("config", put("config/analysis_config.json", body)),
            "dataset": ("data", put("data/rows.csv", rows(rings()) if data is None else data)),
        }
        folder = "/opt/ml/processing"
        return {
            "Name": "Check",
            "Type": "ClarifyCheck",
            "Arguments": {
                "RoleArn": ROLE,
                "ProcessingResources": {
                    "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.xlarge", "VolumeSizeInGB": 30}
                },
                "AppSpecification": {"ImageUri": IMAGE},
                "ProcessingInputs": [
                    {
                        "InputName": name,
                        "S3Input": {
                            "S3Uri": uri,
                            "LocalPath": f"{folder}/input/{place}",
                            "S3DataType": "S3Prefix",
                            "S3InputMode": "File",
                        },
                    }
                    for name, (place, uri) in inputs.items()
                ],
                "ProcessingOutputConfig": {
                    "Outputs": [
                        {
                            "OutputName": "analysis_result",
                            "S3Output": {"S3Uri": out, "LocalPath": f"{folder}/output", "S3UploadMode": "EndOfJob"},
                        }
                    ]
                },
            },
            "CheckType": check_type,
            "ModelPackageGroupName": GROUP,
            "SkipCheck": False,
            "FailOnViolation": True,
            "RegisterNewBaseline": False,
            "SuppliedBaselineConstraints": None,
            **({} if check_type == "DATA_BIAS" else {"ModelName": {"Get": "Steps.Model.ModelName"}}),
            **settings,
        }

    return step


@pytest.fixture
def run_check(session, put):
    """Return a function that runs a check, after the step that creates its model."""

    def run_steps(step, packed=None):
        session.client("sagemaker")
        first = (
            []
            if "ModelName" not in step
            else [model_step("Model", put("model.tar.gz", packed or train_archive(rings())), XGBOOST)]
        )
        result = run(session, {"Steps": [*first, step]})
        session.client("sagemaker").delete_pipeline(PipelineName=result.arn.split("/")[1])
        return result

    return run_steps


FIRST = {"SkipCheck": True, "RegisterNewBaseline": True}
OLD = f"s3://{BUCKET}/old"


@pytest.mark.parametrize("check_type", CONFIGS)
def test_a_first_run_an_equal_second_and_a_differing_third(run_check, check, put, read, account, check_type):
    first = run_check(check(check_type, out=OLD, **FIRST))
    first_metadata = first.steps["Check"]["Metadata"]["ClarifyCheck"]

    assert first.status == "Succeeded", first.steps["Check"]
    assert (
        first_metadata["CalculatedBaselineConstraints"]
        == first_metadata["BaselineUsedForDriftCheckConstraints"]
        == f"{OLD}/analysis.json"
    )
    assert not [name for name in first_metadata if name.endswith("Statistics")]
    assert "ViolationReport" not in first_metadata

    supplied = {"SuppliedBaselineConstraints": f"{OLD}/analysis.json"}
    second = run_check(check(check_type, **supplied))
    metadata = second.steps["Check"]["Metadata"]["ClarifyCheck"]

    assert second.status == "Succeeded", second.steps["Check"]
    assert read(f"{OUT}/analysis.json") == read(f"{OLD}/analysis.json")
    assert metadata["BaselineUsedForDriftCheckConstraints"] == f"{OLD}/analysis.json"
    assert not account.objects.find_matching(f"{OUT}/constraint_violations.json"), "without violations there is no file"

    data = rows(rings(-4)) if check_type == "DATA_BIAS" else None
    # A generator of its own gives the same order whichever tests ran before.
    shuffled = np.column_stack([np.random.default_rng(1).permutation(SIZE), WEIGHT, SEX])
    packed = train_archive(rings(-4)) if check_type == "MODEL_BIAS" else train_archive(rings(), shuffled)
    third = run_check(check(check_type, data, **supplied), packed)
    step = third.steps["Check"]
    report = step["Metadata"]["ClarifyCheck"]["ViolationReport"]

    assert third.status == "Failed"
    assert (
        step["FailureReason"] == f"ClientError: Clarify check failed. See violation report {report} for more details."
    )
    types = {violation["constraint_check_type"] for violation in read(report)["violations"]}
    assert types == {"feature_attribution_drift_check" if check_type == "MODEL_EXPLAINABILITY" else "bias_drift_check"}

    tolerated = run_check(check(check_type, data, **supplied, FailOnViolation=False), packed)
    assert tolerated.status == "Succeeded"
    assert tolerated.steps["Check"]["Metadata"]["ClarifyCheck"]["ViolationReport"] == report


FLAGS = [(False, False), (False, True), (True, False), (True, True)]


@pytest.mark.parametrize(("skip", "new"), FLAGS)
@pytest.mark.parametrize("where", ["absent", "registered", "supplied"])
def test_the_table_of_flags_and_baselines(run_check, check, client, put, where, skip, new):
    """The data differ from the old baseline, so that every comparison finds a violation."""
    old = put("old/analysis.json", json.dumps(_old_analysis(check, run_check)).encode())
    settings = {"SkipCheck": skip, "RegisterNewBaseline": new}
    if where != "absent":
        client.create_model_package_group(ModelPackageGroupName=GROUP)
        registered = old if where == "registered" else f"s3://{BUCKET}/nobody-has-this"
        source = {"ContentType": "application/json", "S3Uri": registered}
        baselines = {"Bias": {"PreTrainingConstraints": source}}
        client.create_model_package(
            ModelPackageGroupName=GROUP, ModelApprovalStatus="Approved", DriftCheckBaselines=baselines
        )
    if where == "supplied":
        settings["SuppliedBaselineConstraints"] = old

    result = run_check(check("DATA_BIAS", rows(rings(-4)), **settings))
    step = result.steps["Check"]
    metadata = step.get("Metadata", {}).get("ClarifyCheck", {})

    if where == "absent" and not (skip and new):
        assert step["FailureReason"].startswith("ClientError: DATA_BIAS has no previous constraints: none was supplied")
        assert not metadata, "nothing was started"
        return
    assert metadata["CalculatedBaselineConstraints"] == f"{OUT}/analysis.json"
    assert metadata["BaselineUsedForDriftCheckConstraints"] == (f"{OUT}/analysis.json" if new else old)
    assert (result.status == "Succeeded") == skip
    assert ("ViolationReport" in metadata) != skip


def _old_analysis(check, run_check):
    """Return an analysis whose every metric is 0."""
    names = ("CI", "DPL", "JS", "KL", "KS", "LP", "TVD")
    metrics = [{"name": name, "description": name, "value": 0.0} for name in names]
    facets = {"sex": [{"value_or_threshold": "1", "metrics": metrics}]}
    return {"version": "1.0", "pre_training_bias_metrics": {"label": "rings", "facets": facets}}


def test_local_values_are_stored_at_clarifys_paths(run_check, check, account):
    result = run_check(check("MODEL_EXPLAINABILITY", **FIRST))

    assert result.status == "Succeeded", result.steps["Check"]
    names = {relative for relative, _ in account.objects.find_matching(f"{OUT}/")}
    assert names == {"analysis.json", "explanations_shap/out.csv", "explanations_shap/baseline.csv"}
    first, *local = account.objects.read_text(f"{OUT}/explanations_shap/out.csv").splitlines()
    assert first == "size_label0,weight_label0,sex_label0"
    assert len(local) == 200


def test_a_processing_job_names_its_model_and_its_baseline_itself(session, check, put, account):
    """SageMakerClarifyProcessor writes both into the configuration."""
    baseline = put("baseline/rows.csv", b"0,0,0\n0,0,1\n")
    name = "named-by-hand"
    data = put("model.tar.gz", train_archive(rings()))
    session.client("sagemaker").create_model(
        ModelName=name, ExecutionRoleArn=ROLE, PrimaryContainer={"Image": XGBOOST, "ModelDataUrl": data}
    )
    config = EXPLAIN | {
        "methods": {"shap": SHAP | {"baseline": baseline}},
        "predictor": {"model_name": name, "instance_type": "ml.m5.large", "initial_instance_count": 1},
    }
    job = {"Name": "Job", "Type": "Processing", "Arguments": check("MODEL_EXPLAINABILITY", config=config)["Arguments"]}

    result = run(session, {"Steps": [job]})

    assert result.status == "Succeeded", result.steps["Job"]
    assert account.objects.read_text(f"{OUT}/explanations_shap/baseline.csv") == "size,weight,sex\n0,0,0\n0,0,1\n"


def _settings(**settings):
    return lambda check: check("MODEL_BIAS", **settings, **FIRST)


BAD = {
    "column": (
        _settings(config=MODEL_BIAS | {"facet": [{"name_or_index": "sexx"}]}),
        None,
        "there is no column 'sexx'; did you mean 'sex'?",
    ),
    "endpoint": (
        _settings(config=MODEL_BIAS | {"predictor": {"endpoint_name": "live"}}),
        None,
        "endpoint_name does not run here; give model_name",
    ),
    "empty archive": (
        _settings(),
        archive({}),
        "container-1 ended with exit code 1: ERROR the model has no file at its top",
    ),
    "features": (_settings(), train_archive(rings(), SIZE[:, None]), "returned 400"),
    "no positive": (_settings(), train_archive(rings() / 10), "no prediction is positive, that is (11.0, "),
}


def test_a_missing_model_is_refused_before_anything_starts(run_check, check):
    with pytest.raises(ClientError, match="step 'Check': the model 'nobody' does not exist here"):
        run_check(check("MODEL_BIAS", ModelName="nobody", **FIRST))


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (b"{", "analysis_config.json: Expecting property name"),
        (MODEL_BIAS | {"facets": []}, "has no member 'facets'; did you mean 'facet'?"),
        (MODEL_BIAS | {"methods": {"post_training_bias": {"methods": ["DPL"]}}}, "has no metric 'DPL'"),
    ],
)
def test_an_invalid_configuration_is_refused_before_anything_starts(run_check, check, client, config, message):
    with pytest.raises(ClientError) as error:
        run_check(check("MODEL_BIAS", config=config, **FIRST))

    assert "step 'Check': s3://" in str(error.value)
    assert message in str(error.value)
    assert client.list_processing_jobs()["ProcessingJobSummaries"] == []


@pytest.mark.parametrize(("step", "packed", "message"), BAD.values(), ids=BAD.keys())
def test_data_that_cannot_be_analysed_fail_the_step_and_write_nothing(run_check, check, account, step, packed, message):
    result = run_check(step(check), packed)

    assert result.status == "Failed"
    assert message in result.steps["Check"]["FailureReason"]
    assert not account.objects.find_matching(f"{OUT}/")


def test_a_stopped_check_ends_its_model_too(session, check, put):
    """The job has so many coalitions that it still runs when it is stopped."""
    import time

    shap = EXPLAIN | {"methods": {"shap": SHAP | {"baseline": [[n / 500, n / 400, 0] for n in range(1, 900)]}}}
    step = check("MODEL_EXPLAINABILITY", rows(rings()) * 200, shap, **FIRST)
    steps = [model_step("Model", put("model.tar.gz", train_archive(rings())), XGBOOST), step]
    from local_sagemaker.testing import create

    client, arn = session.client("sagemaker"), start(session, create(session, {"Steps": steps}))
    while not _has_started(session):
        time.sleep(0.05)

    client.stop_pipeline_execution(PipelineExecutionArn=arn, ClientRequestToken="a" * 32)

    result = wait_for_end(session, arn)
    assert result.status == "Stopped"
    assert result.status_of("Check") == "Stopped"


def _has_started(session):
    """Return whether the job has started."""
    jobs = session.client("sagemaker").list_processing_jobs()["ProcessingJobSummaries"]
    return jobs and jobs[0]["ProcessingJobStatus"] == "InProgress"
