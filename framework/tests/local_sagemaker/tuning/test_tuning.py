"""Tests Tuning steps from start to end: strategies, objective, the best job, early stopping and failures."""

from __future__ import annotations

import sys

from local_sagemaker import session as local_session
from local_sagemaker.account import open_account
from local_sagemaker.testing import BUCKET, ROLE, XGBOOST, create, run, start, validate_responses, wait_for_end

import pytest
from botocore.exceptions import ClientError

ROWS = "".join(f"{x * 2.0 + x % 3},{x},{-x}\n" for x in range(60))
DEPTH = {"Name": "max_depth", "MinValue": "1", "MaxValue": "6"}
ETA = {"Name": "eta", "MinValue": "0.05", "MaxValue": "0.5", "ScalingType": "Logarithmic"}
RANGES = {"IntegerParameterRanges": [DEPTH], "ContinuousParameterRanges": [ETA]}
#: Prints its hyperparameter x as its score, and pauses if it has a hyperparameter for that.
PROGRAM = """
import json, os, pathlib, sys, time
base = pathlib.Path(os.environ["SAGEMAKER_BASE_DIR"])
parameters = json.loads((base / "input/config/hyperparameters.json").read_text())
x = float(parameters["x"])
if x < 0:
    sys.exit("x is below zero")
for step in range(int(parameters.get("steps", 1))):
    print(f"step {step} score={x};", flush=True)
    time.sleep(float(parameters.get("pause", 0)))
(base / "model/model.txt").write_text("a model")
"""


@pytest.fixture
def account(tmp_path):
    """Return an account with the user's own image, ``scorer``, and data."""
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    config = tmp_path / "local.toml"
    config.write_text(f'[images.scorer]\ntrain = ["{sys.executable}", "{program}"]\n')
    account = open_account(tmp_path / "root", config)
    for name in ("train", "validation"):
        account.objects.write(BUCKET, f"{name}/part.csv", ROWS.encode())
    return account


@pytest.fixture
def session(account):
    return validate_responses(local_session.session_for(account))


def tuning(
    ranges=RANGES, *, static=None, image=XGBOOST, metric="validation:rmse", objective_type="Minimize", jobs=4, **config
):
    channels = [
        {
            "ChannelName": name,
            "ContentType": "text/csv",
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/{name}/"}},
        }
        for name in ("train", "validation")
    ]
    scores = [{"Name": "score", "Regex": "score=(.*?);"}]
    return {
        "Name": "Tune",
        "Type": "Tuning",
        "Arguments": {
            "HyperParameterTuningJobConfig": {
                "Strategy": "Bayesian",
                "HyperParameterTuningJobObjective": {"Type": objective_type, "MetricName": metric},
                "ResourceLimits": {"MaxNumberOfTrainingJobs": jobs, "MaxParallelTrainingJobs": 2},
                "ParameterRanges": ranges,
                **config,
            },
            "TrainingJobDefinition": {
                "StaticHyperParameters": {"num_round": "5"} if static is None else static,
                "AlgorithmSpecification": {
                    "TrainingImage": image,
                    "TrainingInputMode": "File",
                    **({} if image == XGBOOST else {"MetricDefinitions": scores}),
                },
                "RoleArn": ROLE,
                "InputDataConfig": channels,
                "ResourceConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 30},
                "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
                "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/models"},
            },
        },
    }


def scoring(low, high, **options):
    ranges = {"ContinuousParameterRanges": [{"Name": "x", "MinValue": str(low), "MaxValue": str(high)}]}
    return tuning(
        ranges, **{"static": {}, "image": "scorer", "metric": "score", "objective_type": "Maximize"} | options
    )


def definition(*steps):
    return {"Version": "2020-12-01", "Steps": list(steps)}


def name_of(result):
    return result.steps["Tune"]["Metadata"]["TuningJob"]["Arn"].rpartition("/")[2]


@pytest.fixture
def tune(session):
    """Return a function that runs a step.

    It returns the result, the Describe response, and the training jobs, the best first.
    """

    names = iter(range(10))

    def run_step(step):
        client = session.client("sagemaker")
        result = wait_for_end(session, start(session, create(session, definition(step), f"Testing{next(names)}")))
        name = name_of(result)
        job = client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
        response = client.list_training_jobs_for_hyper_parameter_tuning_job(
            HyperParameterTuningJobName=name, SortBy="FinalObjectiveMetricValue", SortOrder="Descending"
        )
        return result, job, response["TrainingJobSummaries"]

    return run_step


def values(jobs):
    return [job["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] for job in jobs]


def test_the_best_of_several_models_is_reported_with_its_values(tune, session, account):
    result, job, jobs = tune(tuning())

    assert result.status == "Succeeded", result.reason
    assert len(name_of(result)) <= 32
    assert job["TrainingJobStatusCounters"]["Completed"] == len(jobs) == 4
    assert job["ObjectiveStatusCounters"] == {"Succeeded": 4, "Pending": 0, "Failed": 0}
    assert values(jobs) == sorted(values(jobs))
    best = job["BestTrainingJob"]
    assert best["TrainingJobName"] == jobs[0]["TrainingJobName"]
    assert 1 <= int(best["TunedHyperParameters"]["max_depth"]) <= 6
    assert 0.05 <= float(best["TunedHyperParameters"]["eta"]) <= 0.5
    trained = session.client("sagemaker").describe_training_job(TrainingJobName=best["TrainingJobName"])
    assert trained["HyperParameters"] == best["TunedHyperParameters"] | {
        "num_round": "5", "_tuning_objective_metric": "validation:rmse",
    }  # fmt: skip
    assert trained["TuningJobArn"] == job["HyperParameterTuningJobArn"]
    assert trained["ModelArtifacts"]["S3ModelArtifacts"] == (
        f"s3://{BUCKET}/models/{best['TrainingJobName']}/output/model.tar.gz"
    )
    assert account.objects.find_matching(trained["ModelArtifacts"]["S3ModelArtifacts"])


def test_a_later_step_reads_the_best_job_and_the_top_list(session):
    for path in ("BestTrainingJob.TrainingJobName", "TrainingJobSummaries[0].TrainingJobName"):
        message = {"Std:Join": {"On": " ", "Values": ["best:", {"Get": f"Steps.Tune.{path}"}]}}
        last = {"Name": "Notify", "Type": "Fail", "Arguments": {"ErrorMessage": message}}

        result = run(session, definition(tuning(jobs=2), last), None)

        assert result.reason.startswith(f"best: {name_of(result)}-00")
        session.client("sagemaker").delete_pipeline(PipelineName="Testing")


GRID = {"CategoricalParameterRanges": [{"Name": "max_depth", "Values": ["1", "3", "5"]}]}
HYPERBAND = {"StrategyConfig": {"HyperbandStrategyConfig": {"MinResource": 1, "MaxResource": 5}}}


@pytest.mark.parametrize(
    ("strategy", "ranges", "config"), [("Random", RANGES, {}), ("Grid", GRID, {}), ("Hyperband", RANGES, HYPERBAND)]
)
def test_each_of_awss_strategies_runs(tune, strategy, ranges, config):
    result, job, jobs = tune(tuning(ranges, jobs=3, Strategy=strategy, **config))

    assert result.status == "Succeeded", result.reason
    assert job["HyperParameterTuningJobConfig"]["Strategy"] == strategy
    assert len(jobs) == 3
    if strategy == "Grid":
        assert {job["TunedHyperParameters"]["max_depth"] for job in jobs} == {"1", "3", "5"}


def test_the_same_seed_tries_the_same_values(tune):
    step = scoring(0, 1, jobs=2, Strategy="Random", RandomSeed=7)

    first, second = ({job["TunedHyperParameters"]["x"] for job in tune(step)[2]} for _ in range(2))

    assert first == second


def test_a_regex_finds_the_objective_in_the_log(tune):
    _, job, jobs = tune(scoring(0, 1))

    assert values(jobs) == sorted(values(jobs), reverse=True), "the best, that is the largest, first"
    assert values(jobs) == [float(job["TunedHyperParameters"]["x"]) for job in jobs]
    assert job["BestTrainingJob"]["FinalHyperParameterTuningJobObjectiveMetric"]["MetricName"] == "score"


def test_bayesian_search_prefers_good_values(tune):
    _, _, jobs = tune(scoring(0, 1, jobs=24, RandomSeed=1))

    later = sorted(jobs, key=lambda job: job["TrainingJobName"])[12:]
    assert sum(values(later)) / len(later) > 0.6, "drawn at random it would be 0.5"


def test_a_job_that_fails_does_not_end_the_search(tune):
    result, job, jobs = tune(scoring(-1, 1, jobs=8, Strategy="Random", RandomSeed=3))

    assert result.status == "Succeeded", result.reason
    failed = [job for job in jobs if job["TrainingJobStatus"] == "Failed"]
    assert failed
    assert jobs[-len(failed) :] == failed, "jobs without a value come last"
    assert job["TrainingJobStatusCounters"]["NonRetryableError"] == len(failed)
    assert job["ObjectiveStatusCounters"]["Failed"] == len(failed)


def test_if_all_jobs_fail_the_step_fails_with_the_first_reason(tune):
    result, job, _ = tune(scoring(-2, -1, jobs=2))

    assert result.status == "Failed"
    assert job["HyperParameterTuningJobStatus"] == "Failed"
    assert "BestTrainingJob" not in job
    assert "All training jobs failed." in result.steps["Tune"]["FailureReason"]
    assert "x is below zero" in result.steps["Tune"]["FailureReason"]


def test_a_metric_that_is_never_printed_is_reported(tune):
    result, _, _ = tune(scoring(0, 1, jobs=1, metric="validation:auk", ResourceLimits={
        "MaxNumberOfTrainingJobs": 1, "MaxParallelTrainingJobs": 1,
    }))  # fmt: skip

    assert result.status == "Failed"
    assert (
        "no job printed a value of 'validation:auk'; check that it is a metric of the algorithm"
        in (result.steps["Tune"]["FailureReason"])
    )


def test_a_target_ends_the_search(tune):
    result, _, jobs = tune(scoring(0, 1, jobs=50, TuningJobCompletionCriteria={"TargetObjectiveMetricValue": 0.2}))

    assert result.status == "Succeeded", result.reason
    assert values(jobs)[0] >= 0.2
    assert len(jobs) < 50


def test_no_improvement_ends_the_search(tune):
    criteria = {"BestObjectiveNotImproving": {"MaxNumberOfTrainingJobsNotImproving": 3}}

    _, _, jobs = tune(scoring(0.5, 0.5, jobs=50, TuningJobCompletionCriteria=criteria))

    assert len(jobs) < 10


def test_unpromising_jobs_are_stopped_early(tune):
    slow = {"steps": "30", "pause": "0.05"}
    limits = {"MaxNumberOfTrainingJobs": 8, "MaxParallelTrainingJobs": 1}
    step = scoring(0, 1, static=slow, TrainingJobEarlyStoppingType="Auto", ResourceLimits=limits, RandomSeed=2)

    result, job, jobs = tune(step)

    assert result.status == "Succeeded", result.reason
    stopped = [job for job in jobs if job["TrainingJobStatus"] == "Stopped"]
    assert stopped
    assert all(job["ObjectiveStatus"] == "Succeeded" for job in stopped), "the values that it had printed count"
    assert job["TrainingJobStatusCounters"]["Stopped"] == len(stopped)


def test_stopping_the_execution_stops_the_search_and_its_jobs(session):
    client = session.client("sagemaker")
    slow = scoring(0, 1, static={"steps": "600", "pause": "0.1"})
    arn = start(session, create(session, definition(slow)))
    while not (jobs := client.list_training_jobs(StatusEquals="InProgress")["TrainingJobSummaries"]):
        pass

    client.stop_pipeline_execution(PipelineExecutionArn=arn, ClientRequestToken="x" * 32)
    result = wait_for_end(session, arn)

    assert result.status == "Stopped"
    (job,) = client.list_hyper_parameter_tuning_jobs()["HyperParameterTuningJobSummaries"]
    assert job["HyperParameterTuningJobStatus"] == "Stopped"
    stopped = client.list_training_jobs(StatusEquals="Stopped")["TrainingJobSummaries"]
    assert {job["TrainingJobName"] for job in jobs} <= {job["TrainingJobName"] for job in stopped}


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (
            tuning({"IntegerParameterRanges": [DEPTH | {"MinValue": "7"}]}),
            "goes from 7 to 6: MinValue is greater than MaxValue",
        ),
        (tuning({"IntegerParameterRanges": [DEPTH | {"MaxValue": "6.5"}]}), "the end '6.5', which is not an integer"),
        (tuning({"ContinuousParameterRanges": [ETA | {"MinValue": "0"}]}), "must be above 0"),
        (tuning({"IntegerParameterRanges": [DEPTH, DEPTH]}), "'max_depth', which has a range already"),
        (tuning(static={"max_depth": "3"}), "'max_depth', which StaticHyperParameters has too"),
        (tuning(Strategy="Grid"), "the strategy Grid takes categorical ranges only"),
        (tuning(jobs=1), "is 2, but MaxNumberOfTrainingJobs is 1"),
    ],
)
def test_an_invalid_search_is_refused_before_anything_starts(session, step, message):
    with pytest.raises(ClientError, match=message):
        create(session, definition(step))

    assert session.client("sagemaker").list_pipelines()["PipelineSummaries"] == []


def test_an_unsupported_member_is_refused_by_name(session):
    request = tuning()["Arguments"] | {"HyperParameterTuningJobName": "warm"}
    warm = {
        "ParentHyperParameterTuningJobs": [{"HyperParameterTuningJobName": "cold"}],
        "WarmStartType": "TransferLearning",
    }

    with pytest.raises(ClientError, match="does not support WarmStartConfig here: a tuning job does not learn"):
        session.client("sagemaker").create_hyper_parameter_tuning_job(**request, WarmStartConfig=warm)


def without(step, *members):
    for member in members:
        del step["Arguments"]["TrainingJobDefinition"][member]
    return step["Arguments"] | {"HyperParameterTuningJobName": "search"}


@pytest.mark.parametrize(
    ("request_of", "message"),
    [
        (lambda: without(tuning(), "ResourceConfig"), "needs a ResourceConfig"),
        (lambda: without(tuning(ResourceLimits={"MaxParallelTrainingJobs": 1})), "it would never end"),
    ],
)
def test_a_search_with_a_missing_member_is_refused_by_name(session, request_of, message):
    with pytest.raises(ClientError, match=message):
        session.client("sagemaker").create_hyper_parameter_tuning_job(**request_of())


def test_without_a_number_of_jobs_the_time_is_the_limit(tune):
    limits = {"MaxParallelTrainingJobs": 2, "MaxRuntimeInSeconds": 120}
    criteria = {"TargetObjectiveMetricValue": 0.7}

    result, _, jobs = tune(scoring(0, 1, ResourceLimits=limits, TuningJobCompletionCriteria=criteria, RandomSeed=1))

    assert result.status == "Succeeded", result.reason
    assert len(jobs) > 1


def test_a_deleted_training_job_counts_as_failed(session):
    client = session.client("sagemaker")
    quick = scoring(0, 1, jobs=4, static={"pause": "0.3"})
    arn = start(session, create(session, definition(quick)))
    while not (ended := client.list_training_jobs(StatusEquals="Completed")["TrainingJobSummaries"]):
        pass

    client.delete_training_job(TrainingJobName=ended[0]["TrainingJobName"])

    assert wait_for_end(session, arn).status == "Succeeded"
