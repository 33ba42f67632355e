"""Tests batch inference from registered versions to scores, run to its end on the real data."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

pytest.importorskip("sagemaker.core", reason="needs the SageMaker SDK")

import local_sagemaker.session
from local_sagemaker import project
from local_sagemaker.testing import wait_for_end
from local_sagemaker.tools.service import violations
from local_sagemaker.tools.targets import Target
from pipelines.abalone.columns import SCHEMA
from pipelines.batch_inference.pipeline import get_pipeline
from pipelines.scripts.features import Featurizer

import numpy as np
import pandas as pd
from model_versions import register, train_model

NAMES = list(SCHEMA.order)
FEATURES = NAMES[:-1]
MONITORING, TRANSFORM = "MonitorAbaloneDataQuality-monitoring", "MonitorAbaloneDataQuality-transform"


@pytest.fixture(scope="module")
def shells(abalone_csv):
    return pd.read_csv(abalone_csv, header=None, names=NAMES)


@pytest.fixture(scope="module")
def versions(abalone_csv, shells, tmp_path_factory):
    """Return two versions, trained on two thirds of the shells and on the same with other lengths."""
    folder = tmp_path_factory.mktemp("versions")
    training_rows = shells[shells.index % 3 != 0]
    training_rows.to_csv(folder / "shells.csv", header=False, index=False)
    longer = training_rows.assign(length=training_rows["length"] * 2 + 1)
    longer.to_csv(folder / "longer.csv", header=False, index=False)
    return train_model(folder / "first", folder / "shells.csv"), train_model(
        folder / "second", folder / "longer.csv", seed=1
    )


@pytest.fixture
def new(shells):
    """Return the third of the shells on which no version was trained, each with an id."""
    rows = shells[shells.index % 3 == 0].reset_index(drop=True)
    return rows.assign(id=[f"shell-{number}" for number in range(len(rows))])


@pytest.fixture
def session(tmp_path):
    return local_sagemaker.session.open(tmp_path / "root", project.config())


@pytest.fixture
def put(session):
    """Return a function that writes a table or a string into S3 and returns its URI."""
    numbers = iter(range(100))

    def write(content, name="batch.csv"):
        text = content if isinstance(content, str) else content.to_csv(index=False)
        key = f"{next(numbers)}/{name}"
        session.client("s3").put_object(Bucket="inputs", Key=key, Body=text.encode())
        return f"s3://inputs/{key}"

    return write


@pytest.fixture
def score(session):
    """Return a function that runs the pipeline and returns the result of the execution."""

    def run(data, arguments=None, **parameters):
        pipeline = get_pipeline("us-east-1", session=session, **arguments or {})
        pipeline.upsert()
        return wait_for_end(session, pipeline.start(parameters={"InputDataUrl": data} | parameters).arn)

    return run


@pytest.fixture
def scores(tmp_path):
    """Return a function that reads an execution's scores, id -> score, and the names of its files."""

    def read(execution):
        folder = tmp_path / "root/s3/sagemaker-us-east-1-000000000000/AbaloneBatchInference"
        folder = folder / execution.arn.rpartition("/")[2] / "scores"
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        rows = [row for path in files for row in csv.reader(path.read_text().splitlines())]
        return {identifier: float(score) for identifier, score in rows}, [path.name for path in files]

    return read


@pytest.fixture
def find_violations(session):
    """Return a function that reads the violations of an execution."""
    return lambda execution: violations.find_violations(Target(session), execution.arn)


def predict(version, table):
    """Return the predictions of the version's own featurizer and model for raw rows."""
    features = Featurizer.load(version.file("featurizer/featurizer.json")).transform(table)
    return version.booster.inplace_predict(features)


def equal(scores, table, expected):
    return np.array_equal(np.array([scores[identifier] for identifier in table["id"]], np.float32), expected)


def test_scores_equal_direct_predictions_to_the_last_bit(session, versions, new, put, score, scores, find_violations):
    register(session, versions[0])

    execution = score(put(new[["id", *reversed(FEATURES)]]))

    assert execution.status == "Succeeded", execution.reason
    assert set(execution.steps) == {
        "LambdaStepGetApprovedModel", "AbaloneCreateModel", "PreprocessAbaloneData", "CheckBatchHasRows",
        "CheckGroundTruthAvailable", MONITORING, TRANSFORM,
    }  # fmt: skip
    assert equal(scores(execution)[0], new, predict(versions[0], new))
    assert not find_violations(execution)


def test_the_approved_version_scores_with_its_own_featurizer_and_baselines(session, versions, new, put, score, scores):
    client, longer = session.client("sagemaker"), new.assign(length=new["length"] * 2 + 1)
    register(session, versions[0])
    second = register(session, versions[1], status="PendingManualApproval")
    plain, stretched = put(new), put(longer)
    assert equal(scores(score(plain))[0], new, predict(versions[0], new))

    client.update_model_package(ModelPackageArn=second, ModelApprovalStatus="Approved")
    execution = score(stretched)
    assert execution.status == "Succeeded", "its baselines have such lengths"
    assert equal(scores(execution)[0], longer, predict(versions[1], longer))
    pinned = score(plain, {"model_package_version": 1})
    assert equal(scores(pinned)[0], new, predict(versions[0], new))

    client.update_model_package(ModelPackageArn=second, ModelApprovalStatus="Rejected")
    assert equal(scores(score(plain))[0], new, predict(versions[0], new))


@pytest.mark.parametrize("first", [True, False], ids=["monitored before", "monitored after"])
def test_a_shifted_batch_is_flagged_on_the_column_that_shifted(
    session, versions, new, put, score, scores, find_violations, first
):
    register(session, versions[0])
    shifted = put(new.assign(length=new["length"] * 2 + 1))
    arguments = {"monitor_before_transform": first}

    execution = score(shifted, arguments)
    assert execution.status_of(MONITORING) == "Failed"
    assert execution.status_of(TRANSFORM) == ("NotStarted" if first else "Succeeded")
    assert bool(scores(execution)[0]) is not first
    (violation,) = find_violations(execution)
    assert (violation["step"], violation["column"], violation["check"]) == (
        MONITORING,
        "length",
        "baseline_drift_check",
    )
    assert violation["expected"] == "at most 0.1"
    assert float(violation["observed"]) > 0.5

    tolerated = score(shifted, arguments, FailOnViolation=False)
    assert tolerated.status == "Succeeded", tolerated.reason
    assert len(scores(tolerated)[0]) == len(new)
    assert [violation["column"] for violation in find_violations(tolerated)] == ["length"]


def test_good_ground_truth_passes_and_bad_ground_truth_ends_in_model_quality_lost(
    session, versions, new, put, score, find_violations
):
    register(session, versions[0])
    batch, rings = put(new[["id", *FEATURES]]), new[["id", "rings"]]
    backwards = rings.assign(rings=rings["rings"].to_numpy()[::-1])

    good = score(batch, GroundTruthAvailable=True, GroundTruthUrl=put(rings))
    assert good.status == "Succeeded", good.reason
    assert good.status_of("EvaluateAbaloneScores") == "Succeeded"
    assert not find_violations(good)

    bad = score(batch, GroundTruthAvailable=True, GroundTruthUrl=put(backwards))
    assert [name for name, step in bad.steps.items() if step["StepStatus"] == "Failed"] == ["ModelQualityLost"]
    assert bad.reason.startswith("worse than ModelQualityTolerance allows: mae, mse, rmse, r2 - see s3://")
    assert {(violation["step"], violation["column"]) for violation in find_violations(bad)} == {
        ("EvaluateAbaloneScores", metric) for metric in ("mae", "mse", "rmse", "r2")
    }

    allowed = score(batch, GroundTruthAvailable=True, GroundTruthUrl=put(backwards), ModelQualityTolerance=9.0)
    assert allowed.status == "Succeeded", allowed.reason


def test_ground_truth_without_the_batchs_ids_fails_and_is_not_lost_quality(session, versions, new, put, score):
    register(session, versions[0])
    batch = put(new[["id", *FEATURES]])

    execution = score(batch, GroundTruthAvailable=True, GroundTruthUrl=put("id,rings\nnobody,3\n"))

    assert execution.status_of("EvaluateAbaloneScores") == "Failed"
    assert execution.status == "Failed"
    assert "ModelQualityLost" not in execution.steps


def test_an_empty_batch_succeeds_with_an_empty_file_of_scores(session, versions, put, score, scores):
    register(session, versions[0])

    execution = score(put("", "nobody.csv"), GroundTruthAvailable=True, GroundTruthUrl=put("id,rings\na,1\n"))

    assert execution.status == "Succeeded", execution.reason
    assert TRANSFORM not in execution.steps
    assert "EvaluateAbaloneScores" not in execution.steps
    assert scores(execution) == ({}, ["nobody.csv.out"])


def test_each_file_has_its_scores_with_two_instances(session, versions, new, put, score, scores):
    """A file without rows has an empty file of scores."""
    register(session, versions[0])
    for number, rows in enumerate((new[:100], new[100:100], new[100:300], new[300:])):
        session.client("s3").put_object(
            Bucket="inputs", Key=f"day/{number}.csv", Body=rows.to_csv(index=False).encode()
        )

    execution = score("s3://inputs/day/", ProcessingInstanceCount=2, InferenceInstanceCount=2)

    assert execution.status == "Succeeded", execution.reason
    scores_by_id, names = scores(execution)
    assert names == [f"{number}.csv.out" for number in range(4)]
    assert equal(scores_by_id, new, predict(versions[0], new))


def test_bad_rows_are_fatal_or_dropped(session, versions, new, put, score, scores):
    register(session, versions[0])
    batch = put(new.to_csv(index=False) + "M,wide,1,1,1,1,1,1,9,bad\n")

    fatal = score(batch)
    assert fatal.status == "Failed"
    reason = fatal.steps["PreprocessAbaloneData"]["FailureReason"]
    assert f"batch.csv, line {len(new) + 2}: column 2 (length): 'wide' is not a number" in reason

    dropped = score(batch, BadRows="Drop")
    assert dropped.status == "Succeeded", dropped.reason
    assert set(scores(dropped)[0]) == set(new["id"])


def test_without_an_approved_model_nothing_is_read(session, versions, new, put, score):
    register(session, versions[0], status="PendingManualApproval")

    execution = score(put(new))

    assert set(execution.steps) == {"LambdaStepGetApprovedModel"}
    assert (
        "has no approved version; it has 1 (PendingManualApproval)"
        in execution.steps["LambdaStepGetApprovedModel"]["FailureReason"]
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"CustomerMetadataProperties": None}, "has no FeaturizerUri, ProblemType"),
        ({"DriftCheckBaselines": None}, "has no DataQualityConstraints, DataQualityStatistics, ModelQuality"),
    ],
)
def test_an_approved_model_without_the_files_for_scoring_fails(session, versions, new, put, score, changes, message):
    register(session, versions[0], **changes)

    execution = score(put(new))

    assert message in execution.steps["LambdaStepGetApprovedModel"]["FailureReason"]


def test_a_package_whose_artifact_was_deleted_fails(session, versions, new, put, score, tmp_path):
    register(session, versions[0])
    (archive,) = Path(tmp_path, "root", "s3").rglob("model.tar.gz")
    archive.unlink()

    execution = score(put(new))

    assert execution.status == "Failed"
    assert "Could not find model data at s3://" in execution.steps["AbaloneCreateModel"]["FailureReason"]


def test_a_missing_ground_truth_url_fails_before_the_first_step(session, versions, new, put, score):
    register(session, versions[0])

    with pytest.raises(Exception, match=r'S3Uri is ""; .* parameter .GroundTruthUrl'):
        score(put(new), GroundTruthAvailable=True)


def test_the_report_counts_rows_and_their_defects(session, versions, new, put, score):
    register(session, versions[0])
    odd = new.head(3).assign(sex=["M", "Z", None])

    execution = score(put(pd.concat([new, odd])), FailOnViolation=False)

    job = execution.steps["PreprocessAbaloneData"]["Metadata"]["ProcessingJob"]["Arn"].rpartition("/")[2]
    outputs = session.client("sagemaker").describe_processing_job(ProcessingJobName=job)["ProcessingOutputConfig"]
    uri = next(entry["S3Output"]["S3Uri"] for entry in outputs["Outputs"] if entry["OutputName"] == "report")
    bucket, _, key = f"{uri}/report.json".removeprefix("s3://").partition("/")
    report = json.load(session.client("s3").get_object(Bucket=bucket, Key=key)["Body"])
    assert report["rows"] == {"read": len(new) + 3, "written": len(new) + 3}
    assert report["unknown"] == {"sex": 1}
    assert report["missing"]["sex"] == 1
