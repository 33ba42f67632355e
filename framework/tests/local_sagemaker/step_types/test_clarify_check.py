"""ClarifyCheck steps, run to their end: baselines, violations, the model that is asked, and the files that are left."""

from __future__ import annotations

import json

from local_sagemaker.testing import BUCKET, ROLE, XGBOOST, archive, finish, model, run, start

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


def trained(label, features=None):
    """model.tar.gz of a model of these labels."""
    import xgboost

    data = np.column_stack([SIZE, WEIGHT, SEX]) if features is None else features
    booster = xgboost.train({"max_depth": 3}, xgboost.DMatrix(data, label), 10)
    return archive({"xgboost-model": bytes(booster.save_raw())})


@pytest.fixture
def put(session):
    """Write an object; its URI."""
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
    """A check as the SDK writes it into a definition; its data and configuration are there."""

    def step(kind, data=None, config=None, out=OUT, **settings):
        given = config if isinstance(config, bytes) else json.dumps(config or CONFIGS[kind]).encode()
        inputs = {
            "analysis_config": ("config", put("config/analysis_config.json", given)),
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
            "CheckType": kind,
            "ModelPackageGroupName": GROUP,
            "SkipCheck": False,
            "FailOnViolation": True,
            "RegisterNewBaseline": False,
            "SuppliedBaselineConstraints": None,
            **({} if kind == "DATA_BIAS" else {"ModelName": {"Get": "Steps.Model.ModelName"}}),
            **settings,
        }

    return step


@pytest.fixture
def checked(session, put):
    """Run a check, after the step that creates its model."""

    def ran(step, packed=None):
        session.client("sagemaker")
        first = (
            []
            if "ModelName" not in step
            else [model("Model", put("model.tar.gz", packed or trained(rings())), XGBOOST)]
        )
        done = run(session, {"Steps": [*first, step]})
        session.client("sagemaker").delete_pipeline(PipelineName=done.arn.split("/")[1])
        return done

    return ran


FIRST = {"SkipCheck": True, "RegisterNewBaseline": True}
OLD = f"s3://{BUCKET}/old"


@pytest.mark.parametrize("kind", CONFIGS)
def test_a_first_run_a_second_like_it_and_one_that_differs(checked, check, put, read, account, kind):
    first = checked(check(kind, out=OLD, **FIRST))
    made = first.steps["Check"]["Metadata"]["ClarifyCheck"]

    assert first.status == "Succeeded", first.steps["Check"]
    assert (
        made["CalculatedBaselineConstraints"] == made["BaselineUsedForDriftCheckConstraints"] == f"{OLD}/analysis.json"
    )
    assert not [name for name in made if name.endswith("Statistics")]
    assert "ViolationReport" not in made

    supplied = {"SuppliedBaselineConstraints": f"{OLD}/analysis.json"}
    second = checked(check(kind, **supplied))
    metadata = second.steps["Check"]["Metadata"]["ClarifyCheck"]

    assert second.status == "Succeeded", second.steps["Check"]
    assert read(f"{OUT}/analysis.json") == read(f"{OLD}/analysis.json")
    assert metadata["BaselineUsedForDriftCheckConstraints"] == f"{OLD}/analysis.json"
    assert not account.objects.matching(f"{OUT}/constraint_violations.json"), "without violations there is no file"

    data = rows(rings(-4)) if kind == "DATA_BIAS" else None
    shuffled = np.column_stack([np.random.default_rng(1).permutation(SIZE), WEIGHT, SEX])  # whatever ran before
    packed = trained(rings(-4)) if kind == "MODEL_BIAS" else trained(rings(), shuffled)
    third = checked(check(kind, data, **supplied), packed)
    step = third.steps["Check"]
    report = step["Metadata"]["ClarifyCheck"]["ViolationReport"]

    assert third.status == "Failed"
    assert (
        step["FailureReason"] == f"ClientError: Clarify check failed. See violation report {report} for more details."
    )
    types = {violation["constraint_check_type"] for violation in read(report)["violations"]}
    assert types == {"feature_attribution_drift_check" if kind == "MODEL_EXPLAINABILITY" else "bias_drift_check"}

    tolerated = checked(check(kind, data, **supplied, FailOnViolation=False), packed)
    assert tolerated.status == "Succeeded"
    assert tolerated.steps["Check"]["Metadata"]["ClarifyCheck"]["ViolationReport"] == report


FLAGS = [(False, False), (False, True), (True, False), (True, True)]


@pytest.mark.parametrize(("skip", "new"), FLAGS)
@pytest.mark.parametrize("where", ["absent", "registered", "supplied"])
def test_the_table(checked, check, client, put, where, skip, new):
    """The data differ from the old baseline: whoever compares finds a violation."""
    old = put("old/analysis.json", json.dumps(_old(check, checked)).encode())
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

    ran = checked(check("DATA_BIAS", rows(rings(-4)), **settings))
    step = ran.steps["Check"]
    metadata = step.get("Metadata", {}).get("ClarifyCheck", {})

    if where == "absent" and not (skip and new):
        assert step["FailureReason"].startswith("ClientError: DATA_BIAS has no previous constraints: none was supplied")
        assert not metadata, "nothing was started"
        return
    assert metadata["CalculatedBaselineConstraints"] == f"{OUT}/analysis.json"
    assert metadata["BaselineUsedForDriftCheckConstraints"] == (f"{OUT}/analysis.json" if new else old)
    assert (ran.status == "Succeeded") == skip
    assert ("ViolationReport" in metadata) != skip


def _old(check, checked):
    """An analysis whose every metric is 0."""
    names = ("CI", "DPL", "JS", "KL", "KS", "LP", "TVD")
    metrics = [{"name": name, "description": name, "value": 0.0} for name in names]
    facets = {"sex": [{"value_or_threshold": "1", "metrics": metrics}]}
    return {"version": "1.0", "pre_training_bias_metrics": {"label": "rings", "facets": facets}}


def test_local_values_lie_at_clarifys_places(checked, check, account):
    ran = checked(check("MODEL_EXPLAINABILITY", **FIRST))

    assert ran.status == "Succeeded", ran.steps["Check"]
    left = {relative for relative, _ in account.objects.matching(f"{OUT}/")}
    assert left == {"analysis.json", "explanations_shap/out.csv", "explanations_shap/baseline.csv"}
    first, *local = account.objects.read_text(f"{OUT}/explanations_shap/out.csv").splitlines()
    assert first == "size_label0,weight_label0,sex_label0"
    assert len(local) == 200


def test_a_processing_job_names_its_model_and_its_baseline_itself(session, check, put, account):
    """As SageMakerClarifyProcessor has it: both stand in the configuration."""
    baseline = put("baseline/rows.csv", b"0,0,0\n0,0,1\n")
    name = "named-by-hand"
    data = put("model.tar.gz", trained(rings()))
    session.client("sagemaker").create_model(
        ModelName=name, ExecutionRoleArn=ROLE, PrimaryContainer={"Image": XGBOOST, "ModelDataUrl": data}
    )
    config = EXPLAIN | {
        "methods": {"shap": SHAP | {"baseline": baseline}},
        "predictor": {"model_name": name, "instance_type": "ml.m5.large", "initial_instance_count": 1},
    }
    job = {"Name": "Job", "Type": "Processing", "Arguments": check("MODEL_EXPLAINABILITY", config=config)["Arguments"]}

    ran = run(session, {"Steps": [job]})

    assert ran.status == "Succeeded", ran.steps["Job"]
    assert account.objects.read_text(f"{OUT}/explanations_shap/baseline.csv") == "size,weight,sex\n0,0,0\n0,0,1\n"


def _settings(**settings):
    return lambda check: check("MODEL_BIAS", **settings, **FIRST)


BAD = {
    "column": (
        _settings(config=MODEL_BIAS | {"facet": [{"name_or_index": "sexx"}]}),
        None,
        "there is no column 'sexx'; did you mean 'sex'?",
    ),
    "no model": (_settings(ModelName="nobody"), None, "ClientError: Could not find model 'nobody'; create it first"),
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
    "features": (_settings(), trained(rings(), SIZE[:, None]), "answers 400"),
    "no positive": (_settings(), trained(rings() / 10), "no prediction is positive, that is (11.0, "),
}


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (b"{", "analysis_config.json: Expecting property name"),
        (MODEL_BIAS | {"facets": []}, "has no member 'facets'; did you mean 'facet'?"),
        (MODEL_BIAS | {"methods": {"post_training_bias": {"methods": ["DPL"]}}}, "has no metric 'DPL'"),
    ],
)
def test_a_configuration_that_cannot_be_is_refused_before_anything_starts(checked, check, client, config, said):
    with pytest.raises(ClientError) as error:
        checked(check("MODEL_BIAS", config=config, **FIRST))

    assert "step 'Check': s3://" in str(error.value)
    assert said in str(error.value)
    assert client.list_processing_jobs()["ProcessingJobSummaries"] == []


@pytest.mark.parametrize(("step", "packed", "said"), BAD.values(), ids=BAD.keys())
def test_what_cannot_be_analysed_fails_the_step_and_leaves_nothing(checked, check, account, step, packed, said):
    ran = checked(step(check), packed)

    assert ran.status == "Failed"
    assert said in ran.steps["Check"]["FailureReason"]
    assert not account.objects.matching(f"{OUT}/")


def test_a_stopped_check_ends_its_model_too(session, check, put):
    """Of so many coalitions that it is still at it when it is stopped."""
    import time

    shap = EXPLAIN | {"methods": {"shap": SHAP | {"baseline": [[n / 500, n / 400, 0] for n in range(1, 900)]}}}
    step = check("MODEL_EXPLAINABILITY", rows(rings()) * 200, shap, **FIRST)
    steps = [model("Model", put("model.tar.gz", trained(rings())), XGBOOST), step]
    from local_sagemaker.testing import create

    client, arn = session.client("sagemaker"), start(session, create(session, {"Steps": steps}))
    while not _log(session):
        time.sleep(0.05)

    client.stop_pipeline_execution(PipelineExecutionArn=arn, ClientRequestToken="a" * 32)

    ran = finish(session, arn)
    assert ran.status == "Stopped"
    assert ran.status_of("Check") == "Stopped"


def _log(session):
    """Whether the job has started."""
    jobs = session.client("sagemaker").list_processing_jobs()["ProcessingJobSummaries"]
    return jobs and jobs[0]["ProcessingJobStatus"] == "InProgress"
