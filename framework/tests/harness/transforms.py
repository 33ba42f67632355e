"""Provides rows, a model of them, and a definition that transforms them."""

from __future__ import annotations

from local_sagemaker.testing import BUCKET, SCIKIT_LEARN, archive, model_step, run

import numpy as np
import xgboost as xgb

MODEL, IN, OUT = f"s3://{BUCKET}/model.tar.gz", f"s3://{BUCKET}/in/", f"s3://{BUCKET}/out"
FEATURES = np.random.default_rng(0).normal(size=(300, 3)).astype("f4")
BOOSTER = xgb.train({}, xgb.DMatrix(FEATURES, label=FEATURES[:, 0] * 2), 10)
NAME = {"Get": "Steps.Model.ModelName"}


def rows(start=0, end=300):
    return ["{!r},{!r},{!r}".format(*row) for row in FEATURES[start:end].tolist()]


def text(lines):
    return "".join(f"{line}\n" for line in lines).encode()


def scores(start=0, end=300):
    return [str(score) for score in BOOSTER.predict(xgb.DMatrix(FEATURES[start:end])).tolist()]


def run_container(session, step, container=None):
    return run(session, {"Steps": [container or model_step("Model", MODEL), step]})


def script_container(account, script, **variables):
    """Return a Model step whose container is the scikit-learn image with this script."""
    account.objects.write(BUCKET, "script.tar.gz", archive({"code/inference.py": script.encode()}))
    environment = {"SAGEMAKER_PROGRAM": "inference.py", **variables}
    return model_step("Model", f"s3://{BUCKET}/script.tar.gz", SCIKIT_LEARN, Environment=environment)


def log_of(account, ran, host="algo-1"):
    name = ran.steps["Transform"]["Metadata"]["TransformJob"]["Arn"].rpartition("/")[2]
    return (account.root / "jobs" / name / f"{host}.log").read_text()
