"""Parts of the definitions that rules have as examples: small, whole, and without any finding."""

from __future__ import annotations

from typing import Any

from local_sagemaker.definition.expressions import path_parts

Json = dict[str, Any]
ROLE = "arn:aws:iam::111122223333:role/pipeline"
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.9-0-cpu-py3"
XGBOOST = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0"
MONITOR = "156813124566.dkr.ecr.us-east-1.amazonaws.com/sagemaker-model-monitor-analyzer"
EXECUTION = {"Get": "Execution.PipelineExecutionId"}
#: What ``changed`` takes for a member that shall not be there.
REMOVED = object()


def definition(*steps: Json, **members: Any) -> Json:
    """A definition of these steps."""
    return {"Version": "2020-12-01", **members, "Steps": list(steps)}


def parameter(name: str, kind: str, default: Any = None, **members: Any) -> Json:
    """A parameter; without a default where None is given."""
    return {"Name": name, "Type": kind, **({} if default is None else {"DefaultValue": default}), **members}


def get(path: str) -> Json:
    """An expression."""
    return {"Get": path}


def join(*values: Any, on: str = "/") -> Json:
    """An expression."""
    return {"Std:Join": {"On": on, "Values": list(values)}}


def of_execution(folder: str) -> Json:
    """A prefix that each execution has for itself."""
    return join("s3://bucket", EXECUTION, folder)


def step(name: str, kind: str, arguments: Any, **members: Any) -> Json:
    """A step of any type."""
    return {"Name": name, "Type": kind, "Arguments": arguments, **members}


def processing(name: str = "Prepare", *, arguments: Json | None = None, **members: Any) -> Json:
    """A Processing step with one input, ``data``, and one output, ``train``."""
    return step(name, "Processing", _processing(name, IMAGE) | (arguments or {}), **members)


def quality_check(name: str = "Check", **members: Any) -> Json:
    """A QualityCheck step that compares with the group's approved version."""
    settings = {"CheckType": "DATA_QUALITY", "ModelPackageGroupName": "Shells"}
    flags = {"SkipCheck": False, "FailOnViolation": True, "RegisterNewBaseline": False}
    return step(name, "QualityCheck", _processing(name, MONITOR), **settings | flags | members)


def training(name: str = "Train", *, arguments: Json | None = None, **members: Any) -> Json:
    """A Training step."""
    own: Json = {
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
    return step(name, "Training", own | (arguments or {}), **members)


def tuning(name: str = "Tune", **config: Any) -> Json:
    """A Tuning step; ``config`` are further members of HyperParameterTuningJobConfig."""
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
    """A Lambda step; outputs are name -> type."""
    declared = [{"OutputName": output, "OutputType": kind} for output, kind in (outputs or {}).items()]
    arn = "arn:aws:lambda:us-east-1:111122223333:function:notify"
    return step(name, "Lambda", {}, FunctionArn=arn, OutputParameters=declared, **members)


def condition(name: str, *conditions: Json, then: tuple[Json, ...] = (), otherwise: tuple[Json, ...] = ()) -> Json:
    """A Condition step."""
    arguments = {"Conditions": list(conditions), "IfSteps": list(then), "ElseSteps": list(otherwise)}
    return step(name, "Condition", arguments)


def compare(kind: str, left: Any, right: Any) -> Json:
    """A condition."""
    return {"Type": kind, "LeftValue": left, "RightValue": right}


def fail(name: str = "Reject", message: Any = "not good enough") -> Json:
    """A Fail step."""
    return step(name, "Fail", {"ErrorMessage": message})


def processing_input(uri: str) -> Json:
    """A definition whose training reads what a processing step has written: the path of an output's URI."""
    place = "Steps[1].Arguments.InputDataConfig[0].DataSource.S3DataSource.S3Uri"
    return with_value(definition(processing(), training()), place, get(uri))


def condition_on_report(path: Any = "metrics.mse", report: str = "Report") -> Json:
    """A definition whose condition reads a value of the property file ``Report``."""
    file = {"PropertyFileName": "Report", "OutputName": "train", "FilePath": "report.json"}
    value = {"Std:JsonGet": {"PropertyFile": get(f"Steps.Prepare.PropertyFiles.{report}"), "Path": path}}
    gate = condition("Gate", compare("LessThan", value, 6), otherwise=(fail(),))
    return definition(processing(PropertyFiles=[file]), gate)


def with_value(original: Json, path: str, value: Any) -> Json:
    """The definition with another value at a path such as ``Steps[0].Arguments.RoleArn``, or with none."""
    places = [int(part) if how == "index" else part for how, part in path_parts(path)]
    return _with(original, places, value)


def _with(original: Any, places: list[int | str], value: Any) -> Any:
    """A copy of what lies on the way; whatever does not is shared with the original."""
    place, *rest = places
    copy = original.copy()
    if rest:
        copy[place] = _with(original[place], rest, value)
    elif value is REMOVED:
        del copy[place]
    else:
        copy[place] = value
    return copy


def _processing(name: str, image: str) -> Json:
    source = {
        "S3Uri": "s3://bucket/data",
        "LocalPath": "/opt/ml/processing/data",
        "S3DataType": "S3Prefix",
        "S3InputMode": "File",
    }
    target = {"S3Uri": of_execution(name), "LocalPath": "/opt/ml/processing/train", "S3UploadMode": "EndOfJob"}
    return {
        "RoleArn": ROLE,
        "AppSpecification": {"ImageUri": image},
        "ProcessingResources": {
            "ClusterConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 30}
        },
        "ProcessingInputs": [{"InputName": "data", "S3Input": source}],
        "ProcessingOutputConfig": {"Outputs": [{"OutputName": "train", "S3Output": target}]},
    }
