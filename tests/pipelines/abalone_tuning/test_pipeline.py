"""Check tuning: what get_pipeline defines, which settings reach every training job, and what a local run registers."""

from __future__ import annotations

import json

from local_sagemaker import project
from local_sagemaker import session as local_session
from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.graph import graph_of
from local_sagemaker.definition.lint import lint
from local_sagemaker.service_model import sagemaker
from local_sagemaker.testing import validate_responses, wait_for_end
from local_sagemaker.tools.command_errors import UsageError
from local_sagemaker.tools.commands.__main__ import main
from local_sagemaker.tools.service import results, tuning_jobs
from local_sagemaker.tools.targets import Target
from local_sagemaker.tools.terminal import summaries
from pipelines import run_pipeline
from pipelines.abalone_tuning.pipeline import get_pipeline

import pytest
from use_cases import FIRST_RUN

SECURITY = {
    "kms_key": "a-key",
    "subnets": ["subnet-1"],
    "security_group_ids": ["sg-1"],
    "enable_network_isolation": True,
    "encrypt_inter_container_traffic": True,
    "tags": [{"Key": "team", "Value": "shells"}],
}
#: Rules that report a security setting missing in some jobs.
SECURITY_RULES = {
    "job-not-isolated", "job-outside-vpc", "unencrypted-output", "unencrypted-traffic", "unencrypted-volume",
    "untagged-job",
}  # fmt: skip


def tuning_request(**arguments):
    """Return the request of the tuning job."""
    return graph_of(get_pipeline("us-east-1", **arguments).definition()).steps["TuneAbaloneModel"].arguments


def test_ranges_and_objective_are_arguments():
    ranges = {"max_depth": [1, 4], "eta": [0.1, 0.3, "Logarithmic"], "booster": ["gbtree", "dart"]}

    job = tuning_request(ranges=ranges, objective="validation:mae", strategy="Random", max_jobs=4, max_parallel_jobs=3)

    config = job["HyperParameterTuningJobConfig"]
    assert config["Strategy"] == "Random"
    assert config["ResourceLimits"] == {"MaxNumberOfTrainingJobs": 4, "MaxParallelTrainingJobs": 3}
    assert config["HyperParameterTuningJobObjective"] == {"Type": "Minimize", "MetricName": "validation:mae"}
    assert config["ParameterRanges"] == {
        "IntegerParameterRanges": [{"Name": "max_depth", "MinValue": "1", "MaxValue": "4", "ScalingType": "Auto"}],
        "ContinuousParameterRanges": [
            {"Name": "eta", "MinValue": "0.1", "MaxValue": "0.3", "ScalingType": "Logarithmic"}
        ],
        "CategoricalParameterRanges": [{"Name": "booster", "Values": ["gbtree", "dart"]}],
    }
    static = job["TrainingJobDefinition"]["StaticHyperParameters"]
    assert not ranges.keys() & static.keys()
    assert static["subsample"] == "0.7", "without a range it has the value of pipelines.abalone"


@pytest.mark.parametrize(
    "ranges",
    [{"max_depth": 3}, {"max_depth": "deep"}, {"max_depth": [3]}, {"max_depth": [1, "8"]}, {"eta": [0, 1, "Log"]}],
)
def test_an_invalid_range_is_refused(ranges):
    with pytest.raises(UsageError, match=r"the range of '\w+' is .*; give two"):
        get_pipeline("us-east-1", ranges=ranges)


def test_a_range_with_reversed_ends_is_refused_before_anything_is_uploaded(tmp_path, capsys):
    kwargs = json.dumps({"region": "us-east-1", "ranges": {"max_depth": [8, 2]}})
    module = "pipelines.abalone_tuning.pipeline"

    code = run_pipeline.main(["-n", module, "--dry-run", "--local", str(tmp_path), "--kwargs", kwargs])

    assert code == 2
    assert "goes from 8 to 2: MinValue is greater than MaxValue (tuning-range)" in capsys.readouterr().err


def test_every_security_setting_reaches_the_training_jobs_so_that_lint_reports_none():
    definition = get_pipeline("us-east-1", **SECURITY).definition()

    job = graph_of(definition).steps["TuneAbaloneModel"].arguments
    training = job["TrainingJobDefinition"]
    assert training["EnableNetworkIsolation"] is True
    assert training["EnableInterContainerTrafficEncryption"] is True
    assert training["VpcConfig"] == {"Subnets": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}
    assert training["OutputDataConfig"]["KmsKeyId"] == training["ResourceConfig"]["VolumeKmsKeyId"] == "a-key"
    assert job["Tags"] == SECURITY["tags"]
    assert not SECURITY_RULES & {finding.rule for finding in lint(Definition(json.loads(definition), sagemaker()))}


@pytest.mark.parametrize(
    ("member", "rule"),
    [
        ("EnableNetworkIsolation", "job-not-isolated"),
        ("EnableInterContainerTrafficEncryption", "unencrypted-traffic"),
        ("VpcConfig", "job-outside-vpc"),
    ],
)
def test_lint_reports_a_setting_that_the_sdk_would_drop(member, rule):
    raw = json.loads(get_pipeline("us-east-1", **SECURITY).definition())
    (step,) = [step for step in raw["Steps"] if step["Type"] == "Tuning"]
    del step["Arguments"]["TrainingJobDefinition"][member]

    findings = lint(Definition(raw, sagemaker()))
    assert {finding.rule for finding in findings if finding.step == step["Name"]} == {rule}


@pytest.mark.usefixtures("abalone_csv")
def test_the_best_model_is_registered_and_the_next_has_to_be_as_good(tmp_path, capsys):
    session = validate_responses(local_session.open(tmp_path / "root", project.config()))
    target, client = Target(session, tmp_path / "root"), session.client("sagemaker")
    first_run = dict.fromkeys(FIRST_RUN, True)

    def run(parameters, **arguments):
        pipeline = get_pipeline("us-east-1", session=session, **arguments)
        pipeline.upsert()
        arn = wait_for_end(session, pipeline.start(parameters=first_run | parameters).arn).arn
        return results.summary(target, client.describe_pipeline_execution(PipelineExecutionArn=arn))

    # The search draws at random, as AWS's does; from the whole ranges two jobs may both miss the threshold.
    good = run({"ModelApprovalStatus": "Approved"}, max_jobs=2, ranges={"eta": [0.1, 0.2], "max_depth": [3, 5]})
    weak = run({"MseThreshold": 100.0}, max_jobs=2, ranges={"eta": [0.9, 1.0], "max_depth": [9, 9]})

    assert good["status"] == "Succeeded", good["failure_reason"]
    (package,) = good["model_packages"]
    (best,) = [step["best"] for step in good["steps"] if step.get("best")]
    assert f"/{best['training_job']}/output/model.tar.gz" in package["model_data"]
    assert all(files["constraints"] for files in package["baselines"].values())
    assert len(package["baselines"]) == 5
    evaluation = package["evaluation"]
    assert evaluation["approved_model"]["version"] == 0
    assert evaluation["approved_model"]["regression_metrics"] == evaluation["regression_metrics"]
    assert "the best of 2: eta=" in summaries.text(good)
    assert (weak["status"], weak["model_packages"]) == ("Failed", [])
    assert "or the approved version's" in weak["failure_reason"]

    name = next(step["tuning_job"] for step in weak["steps"] if "tuning_job" in step)
    assert len(tuning_jobs.training_jobs(client, name)) == 2
    local_options = ["--local", str(tmp_path / "root")]
    main(["logs", "AbaloneTuning", "--step", "TuneAbaloneModel", *local_options])
    assert capsys.readouterr().out.count("[49]") == 2, "each job has a line for its last round"
    main(["clean", "AbaloneTuning", "--yes", *local_options])
    jobs = client.list_training_jobs()["TrainingJobSummaries"]
    assert len(jobs) == 2, "the jobs of the registered model are not deleted"
    assert not [job for job in jobs if job["TrainingJobName"].startswith(name)]
