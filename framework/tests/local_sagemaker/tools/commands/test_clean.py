"""``pipelines clean``: what goes, and what stays."""

from __future__ import annotations

from local_sagemaker.testing import BUCKET, archive, create, finish, model, processing, run, start, transform

import xgboost as xgb

HELLO = "print('hello'); print('world')"


def test_clean_frees_what_a_failed_execution_holds(pipelines, session, account, failed):
    _, plan, _ = pipelines("clean", "Testing")
    assert (plan["jobs"], plan["objects"], plan["deleted"]) == (2, 1, False)
    assert len(list(account.root.glob("jobs/*"))) == 2

    _, done, _ = pipelines("clean", "Testing", "--yes")

    assert done["deleted"]
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


def test_clean_takes_a_model_that_was_only_transformed_with_and_what_came_of_it(pipelines, session, account):
    rows = "1,2\n3,4\n"
    booster = xgb.train({}, xgb.DMatrix([[1.0, 2.0], [3.0, 4.0]], label=[1.0, 2.0]), 1)
    account.objects.write(BUCKET, "model.tar.gz", archive({"xgboost-model": bytes(booster.save_raw())}))
    account.objects.write(BUCKET, "in/x.csv", rows.encode())
    out = {"Std:Join": {"On": "/", "Values": [f"s3://{BUCKET}", {"Get": "Execution.PipelineExecutionId"}]}}
    steps = [
        model("Model", f"s3://{BUCKET}/model.tar.gz"),
        transform("Transform", {"Get": "Steps.Model.ModelName"}, f"s3://{BUCKET}/in/", out),
    ]
    wrong = {"Name": "Wrong", "Type": "Fail", "Arguments": {"ErrorMessage": {"Get": "Parameters.Words"}}}
    same = {"Type": "Equals", "LeftValue": {"Get": "Parameters.Words"}, "RightValue": "none"}
    arguments = {"Conditions": [same], "IfSteps": [], "ElseSteps": [wrong]}
    check = {"Name": "Check", "Type": "Condition", "Arguments": arguments, "DependsOn": ["Transform"]}
    words = {"Name": "Words", "Type": "String", "DefaultValue": "none"}
    create(session, {"Parameters": [words], "Steps": [*steps, check]})
    assert finish(session, start(session, "Testing")).status == "Succeeded"
    assert pipelines("clean", "Testing", form="text")[1].startswith("nothing to clean"), "its scores are what it is for"
    assert finish(session, start(session, "Testing", {"Words": "all is wrong"})).status == "Failed"

    _, done, _ = pipelines("clean", "Testing", "--yes")

    assert (done["jobs"], done["objects"], done["deleted"]) == (1, 1, True)
    assert len(session.client("sagemaker").list_models()["Models"]) == 1
    assert pipelines("clean", "Testing", form="text")[1].startswith("nothing to clean")


def test_clean_does_not_touch_a_registered_model(pipelines, session):
    register = {"Name": "Register", "Type": "RegisterModel", "Arguments": {"ModelPackageGroupName": "Shells"}}
    run(session, {"Steps": [processing("Hello", session, HELLO), register]})

    _, done, _ = pipelines("clean", "Testing", "--yes")

    assert (done["jobs"], done["executions"], done["deleted"]) == (0, [], False)
    assert pipelines("clean", "Testing", form="text")[1].startswith("nothing to clean")


def test_clean_leaves_a_baseline_that_a_version_still_carries(pipelines, session, client, failed):
    report = f"s3://{BUCKET}/out/{failed.arn.rpartition('/')[2]}/report.txt"
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
