"""Describe the definition language as one shape, including the requests of the service's operations.

The shapes of requests are passed in (botocore's model of SageMaker); without them, a step's Arguments may be anything.
"""

from __future__ import annotations

from typing import Any

from local_sagemaker.definition.conditions import CONDITION_MEMBERS
from local_sagemaker.definition.parameters import READERS
from local_sagemaker.definition.shape import (
    ANY,
    BOOLEAN,
    OBJECT,
    STRING,
    Shape,
    list_of,
    number,
    one_of,
    string,
    structure,
)
from local_sagemaker.definition.step_specs import STEP_SPECS, StepSpec

#: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreatePipeline.html; the service's own model allows
#: longer names of parameters, and this number of parameters is from the quotas of Pipelines.
MAX_PARAMETERS = 200
#: Suffix of the request member that a step leaves out, as Pipelines itself names what a step creates.
_JOB_NAME_SUFFIX = "Name"

NAME = string("StepName", min=1, max=64, pattern=r"[A-Za-z0-9\-_]*")
TRIGGER = structure(
    "StepDependency",
    {"Step": NAME, "Trigger": string("Trigger", enum=["Completed", "Failed", "Stopped", "Any"])},
    "Step",
)
DEPENDS_ON = list_of(one_of("Dependency", lambda value: TRIGGER if isinstance(value, dict) else STRING), "DependsOn")

#: https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-caching.html: ISO 8601; its examples also use lower case,
#: and one lacks the leading P.
CACHE = structure(
    "CacheConfig",
    {
        "Enabled": BOOLEAN,
        "ExpireAfter": string(
            "ExpireAfter",
            pattern=r"(?i)P?(?=.)([\d.]+Y)?([\d.]+M)?([\d.]+W)?([\d.]+D)?(T(?=\d)([\d.]+H)?([\d.]+M)?([\d.]+S)?)?",
        ),
    },
    "Enabled",
)
#: https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-retry-policy.html
RETRY = structure(
    "RetryPolicy",
    {
        "ExceptionType": list_of(
            string(
                "ExceptionType",
                enum=[
                    "Step.SERVICE_FAULT",
                    "Step.THROTTLING",
                    "SageMaker.JOB_INTERNAL_ERROR",
                    "SageMaker.CAPACITY_ERROR",
                    "SageMaker.RESOURCE_LIMIT",
                ],
            ),
            "ExceptionTypes",
            min=1,
        ),
        "IntervalSeconds": number("IntervalSeconds", min=0, max=43_200),
        "BackoffRate": number("BackoffRate", "float", min=0),
        "MaxAttempts": number("MaxAttempts", min=1, max=20),
        "ExpireAfterMin": number("ExpireAfterMin", min=1, max=14_400),
    },
    "ExceptionType",
)
PARAMETER = structure(
    "Parameter",
    {
        "Name": string("ParameterName", min=1, max=256, pattern=r"[A-Za-z0-9\-_]*"),
        "Type": string("ParameterType", enum=list(READERS)),
        "DefaultValue": ANY,
        "EnumValues": list_of(ANY, "EnumValues", min=1),
        "Description": STRING,
        "DisplayName": STRING,
    },
    "Name",
)
_COMMON_MEMBERS = {
    "Name": NAME,
    "Type": STRING,
    "DependsOn": DEPENDS_ON,
    "DisplayName": string("StepDisplayName", max=256),
    "Description": string("StepDescription", max=3072),
}


def condition_shape() -> Shape:
    """Return the shape of one condition, whose members depend on its Type."""
    shape = one_of("Condition", lambda value: shapes.get(_type(value), unknown))
    conditions = list_of(shape, "Conditions", min=1)
    values = {"Condition": shape, "Conditions": conditions, "Values": list_of(ANY, "Values", min=1)}
    type_shape = string("ConditionType", enum=list(CONDITION_MEMBERS))
    shapes = {
        name: structure(
            f"{name}Condition", {"Type": type_shape} | {m: values.get(m, ANY) for m in members}, "Type", *members
        )
        for name, members in CONDITION_MEMBERS.items()
    }
    unknown = Shape(
        "Condition",
        "structure",
        {"Type": type_shape} | dict.fromkeys(sum(CONDITION_MEMBERS.values(), ()), ANY),
        ("Type",),
    )
    return shape


def definition_shape(service: Any = None) -> Shape:
    """Return the shape of a whole definition.

    Args:
        service: botocore's model of SageMaker (``botocore.model.ServiceModel``), or None.
    """
    step = one_of("Step", lambda value: shapes.get(_type(value), unknown))
    steps = list_of(step, "Steps")
    nested = {
        "Condition": structure(
            "ConditionArguments",
            {"Conditions": list_of(condition_shape(), "Conditions", min=1), "IfSteps": steps, "ElseSteps": steps},
            "Conditions",
        ),
        "Fail": structure("FailArguments", {"ErrorMessage": STRING}),
        "ForEach": structure(
            "ForEachArguments",
            {"IterableItems": ANY, "MaxConcurrency": ANY, "Selector": OBJECT, "ForEachBody": steps},
            "IterableItems",
            "ForEachBody",
        ),
    }
    shapes = {
        name: _step_shape(name, spec, nested.get(name) or _arguments_shape(spec, service))
        for name, spec in STEP_SPECS.items()
    }
    unknown = Shape("Step", "structure", _COMMON_MEMBERS, ("Name", "Type"), metadata={"open": True})
    return structure(
        "PipelineDefinition",
        {
            "Version": string("Version", enum=["2020-12-01"]),
            "Metadata": OBJECT,
            "Parameters": list_of(PARAMETER, "Parameters", max=MAX_PARAMETERS),
            "PipelineExperimentConfig": structure(
                "PipelineExperimentConfig", {"ExperimentName": STRING, "TrialName": STRING}
            ),
            "MlflowConfig": OBJECT,
            "Steps": list_of(step, "Steps", min=1),
        },
        "Version",
        "Steps",
    )


def _type(value: Any) -> str:
    name = value.get("Type") if isinstance(value, dict) else None
    return name if isinstance(name, str) else ""


def _step_shape(name: str, spec: StepSpec, arguments: Any) -> Shape:
    members: dict[str, Any] = {**_COMMON_MEMBERS, "Arguments": arguments, **spec.members}
    members |= {"CacheConfig": CACHE} if spec.caches else {}
    members |= {"RetryPolicies": list_of(RETRY, "RetryPolicies")} if spec.retries else {}
    required = ("Arguments",) if arguments.required_members else ()
    return structure(f"{name}Step", members, "Name", "Type", *required, *spec.required)


def _arguments_shape(spec: StepSpec, service: Any) -> Any:
    """Return the shape of the operation's request, without requiring a name for what the operation creates."""
    if service is None or spec.operation is None or spec.operation not in service.operation_names:
        return OBJECT
    shape = service.operation_model(spec.operation).input_shape
    name = f"{spec.operation.removeprefix('Create')}{_JOB_NAME_SUFFIX}"
    required = tuple(member for member in shape.required_members if member != name)
    return structure(shape.name, shape.members, *required)
