"""Provides a training step, and rows to train on."""

from __future__ import annotations

from local_sagemaker.testing import BUCKET, ROLE, XGBOOST

OUTPUT = f"s3://{BUCKET}/models"
ROWS = "".join(f"{x * 2.0},{x},{-x}\n" for x in range(40))


def training(hyperparameters, *, content_type="text/csv", image=XGBOOST, **specification):
    return {
        "Name": "Train",
        "Type": "Training",
        "Arguments": {
            "RoleArn": ROLE,
            "AlgorithmSpecification": {"TrainingImage": image, "TrainingInputMode": "File", **specification},
            "HyperParameters": hyperparameters,
            "InputDataConfig": [
                {
                    "ChannelName": name,
                    "ContentType": content_type,
                    "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/{name}/"}},
                }
                for name in ("train", "validation")
            ],
            "ResourceConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 30},
            "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
            "OutputDataConfig": {"S3OutputPath": OUTPUT},
        },
    }


def describe_job(client, ran):
    name = ran.steps["Train"]["Metadata"]["TrainingJob"]["Arn"].rpartition("/")[2]
    return client.describe_training_job(TrainingJobName=name)
