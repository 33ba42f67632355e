"""Build the parts of the rules' example definitions, which are small, complete and without findings."""

from __future__ import annotations

from typing import Any

from local_sagemaker.definition.expressions import path_parts

Json = dict[str, Any]
ROLE = "arn:aws:iam::111122223333:role/pipeline"
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.9-0-cpu-py3"
XGBOOST = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0"
MONITOR = "156813124566.dkr.ecr.us-east-1.amazonaws.com/sagemaker-model-monitor-analyzer"
EXECUTION = {"Get": "Execution.PipelineExecutionId"}
#: The value that makes ``with_value`` remove a member.
REMOVED = object()


def definition(*steps: Json, **members: Any) -> Json:
    """Return a definition with these steps."""
    return {"Version": "2020-12-01", **members, "Steps": list(steps)}


def parameter(name: str, type_name: str, default: Any = None, **members: Any) -> Json:
    """Return the declaration of a parameter, without a default if ``default`` is None."""
    return {"Name": name, "Type": type_name, **({} if default is None else {"DefaultValue": default}), **members}


def get(path: str) -> Json:
    """Return a Get expression."""
    return {"Get": path}


def join(*values: Any, on: str = "/") -> Json:
    """Return a Std:Join expression."""
    return {"Std:Join": {"On": on, "Values": list(values)}}


def execution_prefix(folder: str) -> Json:
    """Return an S3 prefix that differs in each execution."""
    return join("s3://bucket", EXECUTION, folder)


def step(name: str, step_type: str, arguments: Any, **members: Any) -> Json:
    """Return a step of any type."""
    return {"Name": name, "Type": step_type, "Arguments": arguments, **members}


def processing(name: str = "Prepare", *, arguments: Json | None = None, **members: Any) -> Json:
    """Return a Processing step with one input, ``data``, and one output, ``train``."""
    return step(name, "Processing", _processing(name, IMAGE) | (arguments or {}), **members)


def quality_check(name: str = "Check", **members: Any) -> Json:
    """Return a QualityCheck step that compares with the approved version of its model package group."""
    settings = {"CheckType": "DATA_QUALITY", "ModelPackageGroupName": "Shells"}
    flags = {"SkipCheck": False, "FailOnViolation": True, "RegisterNewBaseline": False}
    return step(name, "QualityCheck", _processing(name, MONITOR), **settings | flags | members)


def training(name: str = "Train", *, arguments: Json | None = None, **members: Any) -> Json:
    """Return a Training step."""
    defaults: Json = {
        "AlgorithmSpecification": {"TrainingImage": XGBOOST, "TrainingInputMode": "File"},
        "RoleArn": ROLE,
        "OutputDataConfig": {"S3OutputPath": "s3://bucket/models"},
        "ResourceConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 30},
        "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
        "InputDataConfig": [
            {
                "ChannelName": "train",
                "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://bucket/train"}},
            }
        ],
    }
    return step(name, "Training", defaults | (arguments or {}), **members)


def tuning(name: str = "Tune", **config: Any) -> Json:
    """Return a Tuning step; ``config`` has further members of HyperParameterTuningJobConfig."""
    integers = [{"Name": "max_depth", "MinValue": "2", "MaxValue": "8", "ScalingType": "Auto"}]
    arguments = {
        "HyperParameterTuningJobConfig": {
            "Strategy": "Bayesian",
            "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "validation:rmse"},
            "ResourceLimits": {"MaxNumberOfTrainingJobs": 4, "MaxParallelTrainingJobs": 2},
            "ParameterRanges": {"IntegerParameterRanges": integers},
            **config,
        },
        "TrainingJobDefinition": training()["Arguments"],
    }
    return step(name, "Tuning", arguments)


def lambda_(name: str = "Notify", outputs: Json | None = None, **members: Any) -> Json:
    """Return a Lambda step; ``outputs`` maps the name of each output to its type."""
    declared = [{"OutputName": output, "OutputType": type_name} for output, type_name in (outputs or {}).items()]
    arn = "arn:aws:lambda:us-east-1:111122223333:function:notify"
    return step(name, "Lambda", {}, FunctionArn=arn, OutputParameters=declared, **members)


def condition(name: str, *conditions: Json, then: tuple[Json, ...] = (), otherwise: tuple[Json, ...] = ()) -> Json:
    """Return a Condition step."""
    arguments = {"Conditions": list(conditions), "IfSteps": list(then), "ElseSteps": list(otherwise)}
    return step(name, "Condition", arguments)


def compare(condition_type: str, left: Any, right: Any) -> Json:
    """Return a condition that compares two values."""
    return {"Type": condition_type, "LeftValue": left, "RightValue": right}


def fail(name: str = "Reject", message: Any = "not good enough") -> Json:
    """Return a Fail step."""
    return step(name, "Fail", {"ErrorMessage": message})


def processing_input(uri: str) -> Json:
    """Return a definition whose training step reads its input from ``uri``, a path to a processing step's output."""
    place = "Steps[1].Arguments.InputDataConfig[0].DataSource.S3DataSource.S3Uri"
    return with_value(definition(processing(), training()), place, get(uri))


def condition_on_report(path: Any = "metrics.mse", report: str = "Report") -> Json:
    """Return a definition whose condition reads a value from the property file ``Report``."""
    file = {"PropertyFileName": "Report", "OutputName": "train", "FilePath": "report.json"}
    value = {"Std:JsonGet": {"PropertyFile": get(f"Steps.Prepare.PropertyFiles.{report}"), "Path": path}}
    gate = condition("Gate", compare("LessThan", value, 6), otherwise=(fail(),))
    return definition(processing(PropertyFiles=[file]), gate)


def with_value(original: Json, path: str, value: Any) -> Json:
    """Return the definition with another value at a path such as ``Steps[0].Arguments.RoleArn``; REMOVED deletes it."""
    keys = [int(part) if part_type == "index" else part for part_type, part in path_parts(path)]
    return _replace(original, keys, value)


def _replace(original: Any, keys: list[int | str], value: Any) -> Any:
    """Copy the objects and lists along the path, and share everything else with the original."""
    key, *inner_keys = keys
    copy = original.copy()
    if inner_keys:
        copy[key] = _replace(original[key], inner_keys, value)
    elif value is REMOVED:
        del copy[key]
    else:
        copy[key] = value
    return copy


def _processing(name: str, image: str) -> Json:
    source = {
        "S3Uri": "s3://bucket/data",
        "LocalPath": "/opt/ml/processing/data",
        "S3DataType": "S3Prefix",
        "S3InputMode": "File",
    }
    target = {"S3Uri": execution_prefix(name), "LocalPath": "/opt/ml/processing/train", "S3UploadMode": "EndOfJob"}
    return {
        "RoleArn": ROLE,
        "AppSpecification": {"ImageUri": image},
        "ProcessingResources": {
            "ClusterConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 30}
        },
        "ProcessingInputs": [{"InputName": "data", "S3Input": source}],
        "ProcessingOutputConfig": {"Outputs": [{"OutputName": "train", "S3Output": target}]},
    }
