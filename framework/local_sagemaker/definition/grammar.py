"""The definition language as one shape: what may stand where, the requests of the service's operations included.

The shapes of requests come from outside (botocore's model of SageMaker); without it a step's Arguments may be anything.
"""

from __future__ import annotations

from typing import Any

from local_sagemaker.definition.conditions import MEMBERS
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
    structure,
    text,
)
from local_sagemaker.definition.step_specs import STEP_SPECS, StepSpec

#: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreatePipeline.html; the service's own model has more
#: characters for a parameter's name, and this number of parameters from the quotas of Pipelines.
MAX_PARAMETERS = 200
#: What botocore names the member that a request lacks in a step: the service names what its steps create.
_NAMES_ITS_JOB = "Name"

NAME = text("StepName", min=1, max=64, pattern=r"[A-Za-z0-9\-_]*")
TRIGGER = structure(
    "StepDependency",
    {"Step": NAME, "Trigger": text("Trigger", enum=["Completed", "Failed", "Stopped", "Any"])},
    "Step",
)
DEPENDS_ON = list_of(one_of("Dependency", lambda value: TRIGGER if isinstance(value, dict) else STRING), "DependsOn")

#: https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-caching.html: ISO 8601; its examples are in lower case too,
#: and one has the period without its P.
CACHE = structure(
    "CacheConfig",
    {
        "Enabled": BOOLEAN,
        "ExpireAfter": text(
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
            text(
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
        "Name": text("ParameterName", min=1, max=256, pattern=r"[A-Za-z0-9\-_]*"),
        "Type": text("ParameterType", enum=list(READERS)),
        "DefaultValue": ANY,
        "EnumValues": list_of(ANY, "EnumValues", min=1),
        "Description": STRING,
        "DisplayName": STRING,
    },
    "Name",
)
_COMMON = {
    "Name": NAME,
    "Type": STRING,
    "DependsOn": DEPENDS_ON,
    "DisplayName": text("StepDisplayName", max=256),
    "Description": text("StepDescription", max=3072),
}


def condition() -> Shape:
    """One condition: its members go by its Type."""
    shape = one_of("Condition", lambda value: known.get(_type(value), unknown))
    several = list_of(shape, "Conditions", min=1)
    values = {"Condition": shape, "Conditions": several, "Values": list_of(ANY, "Values", min=1)}
    kind = text("ConditionType", enum=list(MEMBERS))
    known = {
        name: structure(f"{name}Condition", {"Type": kind} | {m: values.get(m, ANY) for m in members}, "Type", *members)
        for name, members in MEMBERS.items()
    }
    unknown = Shape("Condition", "structure", {"Type": kind} | dict.fromkeys(sum(MEMBERS.values(), ()), ANY), ("Type",))
    return shape


def definition(service: Any = None) -> Shape:
    """The shape of a whole definition.

    Args:
        service: botocore's model of SageMaker (``botocore.model.ServiceModel``), or None.
    """
    step = one_of("Step", lambda value: known.get(_type(value), unknown))
    steps = list_of(step, "Steps")
    nested = {
        "Condition": structure(
            "ConditionArguments",
            {"Conditions": list_of(condition(), "Conditions", min=1), "IfSteps": steps, "ElseSteps": steps},
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
    known = {
        name: _step(name, kind, nested.get(name) or _arguments(kind, service)) for name, kind in STEP_SPECS.items()
    }
    unknown = Shape("Step", "structure", _COMMON, ("Name", "Type"), metadata={"open": True})
    return structure(
        "PipelineDefinition",
        {
            "Version": text("Version", enum=["2020-12-01"]),
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
    found = value.get("Type") if isinstance(value, dict) else None
    return found if isinstance(found, str) else ""


def _step(name: str, kind: StepSpec, arguments: Any) -> Shape:
    members: dict[str, Any] = {**_COMMON, "Arguments": arguments, **kind.members}
    members |= {"CacheConfig": CACHE} if kind.caches else {}
    members |= {"RetryPolicies": list_of(RETRY, "RetryPolicies")} if kind.retries else {}
    needed = ("Arguments",) if arguments.required_members else ()
    return structure(f"{name}Step", members, "Name", "Type", *needed, *kind.required)


def _arguments(kind: StepSpec, service: Any) -> Any:
    """The request of the operation; what it creates need not be named."""
    if service is None or kind.operation is None or kind.operation not in service.operation_names:
        return OBJECT
    shape = service.operation_model(kind.operation).input_shape
    name = f"{kind.operation.removeprefix('Create')}{_NAMES_ITS_JOB}"
    needed = tuple(member for member in shape.required_members if member != name)
    return structure(shape.name, shape.members, *needed)
