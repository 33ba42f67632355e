"""Batch inference from registered versions to scores, run to its end on the real data."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

pytest.importorskip("sagemaker.core", reason="needs the SageMaker SDK")

import local_sagemaker.session
from local_sagemaker import project
from local_sagemaker.testing import finish
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
    """Two versions: of two thirds of the shells, and of the same with other lengths. The last third is new to both."""
    folder = tmp_path_factory.mktemp("versions")
    known = shells[shells.index % 3 != 0]
    known.to_csv(folder / "known.csv", header=False, index=False)
    known.assign(length=known["length"] * 2 + 1).to_csv(folder / "longer.csv", header=False, index=False)
    return train_model(folder / "first", folder / "known.csv"), train_model(
        folder / "second", folder / "longer.csv", seed=1
    )


@pytest.fixture
def new(shells):
    """Shells that no version has seen, each with an id."""
    found = shells[shells.index % 3 == 0].reset_index(drop=True)
    return found.assign(id=[f"shell-{number}" for number in range(len(found))])


@pytest.fixture
def session(tmp_path):
    return local_sagemaker.session.open(tmp_path / "root", project.config())


@pytest.fixture
def put(session):
    """Write a table, or a text, into S3; its URI."""
    counted = iter(range(100))

    def write(content, name="batch.csv"):
        text = content if isinstance(content, str) else content.to_csv(index=False)
        key = f"{next(counted)}/{name}"
        session.client("s3").put_object(Bucket="inputs", Key=key, Body=text.encode())
        return f"s3://inputs/{key}"

    return write


@pytest.fixture
def score(session):
    """Run the pipeline; how it ended."""

    def run(data, arguments=None, **parameters):
        pipeline = get_pipeline("us-east-1", session=session, **arguments or {})
        pipeline.upsert()
        return finish(session, pipeline.start(parameters={"InputDataUrl": data} | parameters).arn)

    return run


@pytest.fixture
def scores(tmp_path):
    """Id -> score, of an execution; and the names of its files."""

    def read(ran):
        folder = tmp_path / "root/s3/sagemaker-us-east-1-000000000000/AbaloneBatchInference"
        folder = folder / ran.arn.rpartition("/")[2] / "scores"
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        rows = [row for path in files for row in csv.reader(path.read_text().splitlines())]
        return {identifier: float(found) for identifier, found in rows}, [path.name for path in files]

    return read


@pytest.fixture
def found(session):
    """What the checks of an execution found."""
    return lambda ran: violations.find_violations(Target(session), ran.arn)


def by_hand(version, table):
    """What the version's own featurizer and model make of raw rows."""
    features = Featurizer.load(version.file("featurizer/featurizer.json")).transform(table)
    return version.booster.inplace_predict(features)


def equal(scores, table, wanted):
    return np.array_equal(np.array([scores[one] for one in table["id"]], np.float32), wanted)


def test_scores_are_those_by_hand_to_the_last_bit(session, versions, new, put, score, scores, found):
    register(session, versions[0])

    ran = score(put(new[["id", *reversed(FEATURES)]]))

    assert ran.status == "Succeeded", ran.reason
    assert set(ran.steps) == {
        "LambdaStepGetApprovedModel", "AbaloneCreateModel", "PreprocessAbaloneData", "CheckBatchHasRows",
        "CheckGroundTruthAvailable", MONITORING, TRANSFORM,
    }  # fmt: skip
    assert equal(scores(ran)[0], new, by_hand(versions[0], new))
    assert not found(ran)


def test_the_approved_version_scores_with_its_own_featurizer_and_baselines(session, versions, new, put, score, scores):
    client, longer = session.client("sagemaker"), new.assign(length=new["length"] * 2 + 1)
    register(session, versions[0])
    second = register(session, versions[1], status="PendingManualApproval")
    plain, stretched = put(new), put(longer)
    assert equal(scores(score(plain))[0], new, by_hand(versions[0], new))

    client.update_model_package(ModelPackageArn=second, ModelApprovalStatus="Approved")
    ran = score(stretched)
    assert ran.status == "Succeeded", "its baselines are of such lengths"
    assert equal(scores(ran)[0], longer, by_hand(versions[1], longer))
    pinned = score(plain, {"model_package_version": 1})
    assert equal(scores(pinned)[0], new, by_hand(versions[0], new))

    client.update_model_package(ModelPackageArn=second, ModelApprovalStatus="Rejected")
    assert equal(scores(score(plain))[0], new, by_hand(versions[0], new))


@pytest.mark.parametrize("first", [True, False], ids=["monitored before", "monitored after"])
def test_a_shifted_batch_is_flagged_on_the_column_that_shifted(
    session, versions, new, put, score, scores, found, first
):
    register(session, versions[0])
    shifted = put(new.assign(length=new["length"] * 2 + 1))
    arguments = {"monitor_before_transform": first}

    ran = score(shifted, arguments)
    assert ran.status_of(MONITORING) == "Failed"
    assert ran.status_of(TRANSFORM) == ("NotStarted" if first else "Succeeded")
    assert bool(scores(ran)[0]) is not first
    (violation,) = found(ran)
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
    assert [one["column"] for one in found(tolerated)] == ["length"]


def test_good_truth_passes_and_bad_truth_ends_in_model_quality_lost(session, versions, new, put, score, found):
    register(session, versions[0])
    batch, rings = put(new[["id", *FEATURES]]), new[["id", "rings"]]
    backwards = rings.assign(rings=rings["rings"].to_numpy()[::-1])

    good = score(batch, GroundTruthAvailable=True, GroundTruthUrl=put(rings))
    assert good.status == "Succeeded", good.reason
    assert good.status_of("EvaluateAbaloneScores") == "Succeeded"
    assert not found(good)

    bad = score(batch, GroundTruthAvailable=True, GroundTruthUrl=put(backwards))
    assert [name for name, step in bad.steps.items() if step["StepStatus"] == "Failed"] == ["ModelQualityLost"]
    assert bad.reason.startswith("worse than ModelQualityTolerance allows: mae, mse, rmse, r2 - see s3://")
    assert {(one["step"], one["column"]) for one in found(bad)} == {
        ("EvaluateAbaloneScores", metric) for metric in ("mae", "mse", "rmse", "r2")
    }

    allowed = score(batch, GroundTruthAvailable=True, GroundTruthUrl=put(backwards), ModelQualityTolerance=9.0)
    assert allowed.status == "Succeeded", allowed.reason


def test_truth_that_cannot_be_compared_is_no_lost_quality(session, versions, new, put, score):
    register(session, versions[0])
    batch = put(new[["id", *FEATURES]])

    ran = score(batch, GroundTruthAvailable=True, GroundTruthUrl=put("id,rings\nnobody,3\n"))

    assert ran.status == "Failed"
    assert "EvaluateAbaloneScores" in [name for name, step in ran.steps.items() if step["StepStatus"] == "Failed"]
    assert "ModelQualityLost" not in ran.steps


def test_an_empty_batch_ends_well_with_an_empty_file_of_scores(session, versions, put, score, scores):
    register(session, versions[0])

    ran = score(put("", "nobody.csv"), GroundTruthAvailable=True, GroundTruthUrl=put("id,rings\na,1\n"))

    assert ran.status == "Succeeded", ran.reason
    assert TRANSFORM not in ran.steps
    assert "EvaluateAbaloneScores" not in ran.steps
    assert scores(ran) == ({}, ["nobody.csv.out"])


def test_files_and_instances(session, versions, new, put, score, scores):
    """Each file has its scores, whichever instance it came to, and files without rows have empty ones."""
    register(session, versions[0])
    for number, rows in enumerate((new[:100], new[100:100], new[100:300], new[300:])):
        session.client("s3").put_object(
            Bucket="inputs", Key=f"day/{number}.csv", Body=rows.to_csv(index=False).encode()
        )

    ran = score("s3://inputs/day/", ProcessingInstanceCount=2, InferenceInstanceCount=2)

    assert ran.status == "Succeeded", ran.reason
    found, names = scores(ran)
    assert names == [f"{number}.csv.out" for number in range(4)]
    assert equal(found, new, by_hand(versions[0], new))


def test_bad_rows_are_fatal_or_dropped(session, versions, new, put, score, scores):
    register(session, versions[0])
    batch = put(new.to_csv(index=False) + "M,wide,1,1,1,1,1,1,9,bad\n")

    fatal = score(batch)
    assert fatal.status == "Failed"
    reason = fatal.steps["PreprocessAbaloneData"]["FailureReason"]
    assert f"batch.csv, line {len(new) + 2}: column 2 (length): 'wide' is no number" in reason

    dropped = score(batch, BadRows="Drop")
    assert dropped.status == "Succeeded", dropped.reason
    assert set(scores(dropped)[0]) == set(new["id"])


def test_without_an_approved_model_nothing_is_read(session, versions, new, put, score):
    register(session, versions[0], status="PendingManualApproval")

    ran = score(put(new))

    assert set(ran.steps) == {"LambdaStepGetApprovedModel"}
    assert (
        "has no approved version; it has 1 (PendingManualApproval)"
        in ran.steps["LambdaStepGetApprovedModel"]["FailureReason"]
    )


@pytest.mark.parametrize(
    ("without", "words"),
    [
        ({"CustomerMetadataProperties": None}, "carries no FeaturizerUri, ProblemType"),
        ({"DriftCheckBaselines": None}, "carries no DataQualityConstraints, DataQualityStatistics, ModelQuality"),
    ],
)
def test_an_approved_model_without_what_scoring_needs(session, versions, new, put, score, without, words):
    register(session, versions[0], **without)

    ran = score(put(new))

    assert words in ran.steps["LambdaStepGetApprovedModel"]["FailureReason"]


def test_a_package_whose_artefact_is_gone(session, versions, new, put, score, tmp_path):
    register(session, versions[0])
    (archive,) = Path(tmp_path, "root", "s3").rglob("model.tar.gz")
    archive.unlink()

    ran = score(put(new))

    assert ran.status == "Failed"
    assert "Could not find model data at s3://" in ran.steps["AbaloneCreateModel"]["FailureReason"]


def test_truth_that_is_not_named_is_found_out_before_the_first_step(session, versions, new, put, score):
    register(session, versions[0])

    with pytest.raises(Exception, match=r'S3Uri is ""; .* parameter .GroundTruthUrl'):
        score(put(new), GroundTruthAvailable=True)


def test_the_report_says_what_became_of_the_rows(session, versions, new, put, score):
    register(session, versions[0])
    odd = new.head(3).assign(sex=["M", "Z", None])

    ran = score(put(pd.concat([new, odd])), FailOnViolation=False)

    job = ran.steps["PreprocessAbaloneData"]["Metadata"]["ProcessingJob"]["Arn"].rpartition("/")[2]
    outputs = session.client("sagemaker").describe_processing_job(ProcessingJobName=job)["ProcessingOutputConfig"]
    uri = next(one["S3Output"]["S3Uri"] for one in outputs["Outputs"] if one["OutputName"] == "report")
    bucket, _, key = f"{uri}/report.json".removeprefix("s3://").partition("/")
    report = json.load(session.client("s3").get_object(Bucket=bucket, Key=key)["Body"])
    assert report["rows"] == {"read": len(new) + 3, "written": len(new) + 3}
    assert report["unknown"] == {"sex": 1}
    assert report["missing"]["sex"] == 1
