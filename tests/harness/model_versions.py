"""Makes and registers a model version like the training pipeline's, from the same parts in a second."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local_sagemaker.testing import XGBOOST
from model_monitor.data_quality import analysis as data_quality
from model_monitor.model_quality import analysis as model_quality
from model_monitor.model_quality.attributes import Attributes
from model_monitor.tables.dataset import Dataset
from pipelines import model_package
from pipelines.abalone.columns import SCHEMA
from pipelines.scripts.evaluate import evaluate
from pipelines.scripts.preprocess import preprocess

import boto3
import numpy as np
import xgboost as xgb
from archives import archive_model

BUCKET, GROUP = "versions", "AbalonePackageGroup"
HYPERPARAMETERS = {"max_depth": 5, "eta": 0.2, "gamma": 4, "min_child_weight": 6, "subsample": 0.7, "seed": 0}


@dataclass(frozen=True)
class Version:
    """Describes the files of a version: the outputs of preprocessing, the model, and the baselines of both checks."""

    folder: Path
    booster: xgb.Booster

    def file(self, name: str) -> Path:
        """Return the path of one of its files, e.g. ``featurizer/featurizer.json``."""
        return self.folder / name


def train_model(folder: Path, data: Path, seed: int = 0) -> Version:
    """Preprocess data, train and evaluate a model, and compute its baselines; return the version."""
    preprocess(data, folder, seed, SCHEMA)
    train, test = (np.loadtxt(folder / name / f"{name}.csv", delimiter=",") for name in ("train", "test"))
    booster = xgb.train(HYPERPARAMETERS, xgb.DMatrix(train[:, 1:], label=train[:, 0]), num_boost_round=50)
    folder.joinpath("model.tar.gz").write_bytes(archive_model(booster))
    dataset_format = {"csv": {"header": True}}
    data_quality.analyse(Dataset(folder / "baseline", dataset_format)).write(folder / "data_quality")
    with folder.joinpath("scored.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["prediction", "ground_truth"])
        writer.writerows(zip(booster.inplace_predict(test[:, 1:]).tolist(), test[:, 0].tolist(), strict=True))
    attributes = Attributes("Regression", "ground_truth", "prediction")
    model_quality.analyse(Dataset(folder / "scored.csv", dataset_format), attributes).write(folder / "model_quality")
    evaluate(folder, folder / "test", folder / "featurizer", folder / "evaluation")
    return Version(folder, booster)


def register(session: boto3.Session, version: Version, status: str = "Approved", **changes: Any) -> str:
    """Upload and register a version; return its ARN.

    Args:
        session: of the account.
        version: to register.
        status: of approval.
        changes: members of the request with other values; None to leave out the member.
    """
    client, s3 = session.client("sagemaker"), session.client("s3")
    prefix = f"{version.folder.name}-{id(version)}"
    files = [path for path in sorted(version.folder.rglob("*")) if path.is_file()]
    for path in files:
        s3.upload_file(str(path), BUCKET, f"{prefix}/{path.relative_to(version.folder).as_posix()}")
    base = f"s3://{BUCKET}/{prefix}"
    names = [g["ModelPackageGroupName"] for g in client.list_model_package_groups()["ModelPackageGroupSummaryList"]]
    if GROUP not in names:
        client.create_model_package_group(ModelPackageGroupName=GROUP)
    request = {
        "ModelPackageGroupName": GROUP,
        "ModelApprovalStatus": status,
        "InferenceSpecification": {
            "Containers": [{"Image": XGBOOST, "ModelDataUrl": f"{base}/model.tar.gz"}],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
        "DriftCheckBaselines": {
            "ModelDataQuality": _files(f"{base}/data_quality"),
            "ModelQuality": _files(f"{base}/model_quality"),
        },
        "CustomerMetadataProperties": dict.fromkeys(model_package.PROPERTIES, "of no interest")
        | {"ProblemType": "Regression", "FeaturizerUri": f"{base}/featurizer/featurizer.json"}
        | {"TestDataUri": f"{base}/test/test.csv", "EvaluationUri": f"{base}/evaluation/evaluation.json"},
    }
    members = {name: value for name, value in (request | changes).items() if value is not None}
    return str(client.create_model_package(**members)["ModelPackageArn"])


def _files(base: str) -> dict[str, Any]:
    return {
        name.capitalize(): {"ContentType": "application/json", "S3Uri": f"{base}/{name}.json"}
        for name in ("statistics", "constraints")
    }
