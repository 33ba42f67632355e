"""Tests what ``pipelines clean`` deletes and what it keeps."""

from __future__ import annotations

from local_sagemaker.testing import (
    BUCKET,
    archive,
    create,
    model_step,
    processing_step,
    run,
    start,
    transform_step,
    wait_for_end,
)

import xgboost as xgb

HELLO = "print('hello'); print('world')"


def test_clean_deletes_jobs_and_objects_of_a_failed_execution(pipelines, session, account, failed_execution):
    _, plan, _ = pipelines("clean", "Testing")
    assert (plan["jobs"], plan["objects"], plan["deleted"]) == (2, 1, False)
    assert len(list(account.root.glob("jobs/*"))) == 2

    _, result, _ = pipelines("clean", "Testing", "--yes")

    assert result["deleted"]
    assert list(account.root.glob("jobs/*")) == []
    keys = [e["Key"] for e in session.client("s3").list_objects_v2(Bucket=BUCKET)["Contents"]]
    assert "data/data.txt" in keys
    assert not [key for key in keys if key.startswith("out/")]
    assert pipelines("show")[1]["status"] == "Failed"
    assert pipelines("logs")[0] == 0
    _, again, _ = pipelines("clean", "Testing", "--delete", "--yes")
    assert (again["jobs"], again["executions"]) == (0, [])
    assert pipelines("list")[1] == {"pipelines": []}
    assert list(account.root.glob("executions/*")) == []


def test_clean_deletes_an_unregistered_model_and_its_predictions(pipelines, session, account):
    rows = "1,2\n3,4\n"
    booster = xgb.train({}, xgb.DMatrix([[1.0, 2.0], [3.0, 4.0]], label=[1.0, 2.0]), 1)
    account.objects.write(BUCKET, "model.tar.gz", archive({"xgboost-model": bytes(booster.save_raw())}))
    account.objects.write(BUCKET, "in/x.csv", rows.encode())
    output = {"Std:Join": {"On": "/", "Values": [f"s3://{BUCKET}", {"Get": "Execution.PipelineExecutionId"}]}}
    steps = [
        model_step("Model", f"s3://{BUCKET}/model.tar.gz"),
        transform_step("Transform", {"Get": "Steps.Model.ModelName"}, f"s3://{BUCKET}/in/", output),
    ]
    fail = {"Name": "Wrong", "Type": "Fail", "Arguments": {"ErrorMessage": {"Get": "Parameters.Message"}}}
    has_no_message = {"Type": "Equals", "LeftValue": {"Get": "Parameters.Message"}, "RightValue": "none"}
    arguments = {"Conditions": [has_no_message], "IfSteps": [], "ElseSteps": [fail]}
    check = {"Name": "Check", "Type": "Condition", "Arguments": arguments, "DependsOn": ["Transform"]}
    message = {"Name": "Message", "Type": "String", "DefaultValue": "none"}
    create(session, {"Parameters": [message], "Steps": [*steps, check]})
    assert wait_for_end(session, start(session, "Testing")).status == "Succeeded"
    assert pipelines("clean", "Testing", form="text")[1].startswith("nothing to clean"), "its scores are its results"
    assert wait_for_end(session, start(session, "Testing", {"Message": "all is wrong"})).status == "Failed"

    _, result, _ = pipelines("clean", "Testing", "--yes")

    assert (result["jobs"], result["objects"], result["deleted"]) == (1, 1, True)
    assert len(session.client("sagemaker").list_models()["Models"]) == 1
    assert pipelines("clean", "Testing", form="text")[1].startswith("nothing to clean")


def test_clean_does_not_touch_a_registered_model(pipelines, session):
    register = {"Name": "Register", "Type": "RegisterModel", "Arguments": {"ModelPackageGroupName": "Shells"}}
    run(session, {"Steps": [processing_step("Hello", session, HELLO), register]})

    _, result, _ = pipelines("clean", "Testing", "--yes")

    assert (result["jobs"], result["executions"], result["deleted"]) == (0, [], False)
    assert pipelines("clean", "Testing", form="text")[1].startswith("nothing to clean")


def test_clean_keeps_the_baseline_of_a_registered_version(pipelines, session, client, failed_execution):
    report = f"s3://{BUCKET}/out/{failed_execution.arn.rpartition('/')[2]}/report.txt"
    file = {"ContentType": "application/json", "S3Uri": report}
    client.create_model_package_group(ModelPackageGroupName="Shells")
    client.create_model_package(
        ModelPackageGroupName="Shells",
        DriftCheckBaselines={"ModelDataQuality": {"Statistics": file, "Constraints": file}},
    )

    code, result, _ = pipelines("clean", "Testing", "--yes")

    assert (code, result["jobs"], result["objects"]) == (0, 2, 0)
    key = report.removeprefix(f"s3://{BUCKET}/")
    assert session.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read() == b"written"
