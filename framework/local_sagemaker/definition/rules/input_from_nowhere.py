"""A job, a model or an input has neither of its two possible sources, or both; exactly one is needed.

The service's model requires neither member, so that the mistake shows only when the step starts; SDK v3 (3.27) silently
drops an input's dataset_definition.
"""

from __future__ import annotations

from collections.abc import Iterator

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.rules import ERROR, Mistake, _examples

LEVEL = ERROR
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProcessingInput.html"
GOOD = _examples.definition(_examples.processing())
BAD = _examples.with_value(GOOD, "Steps[0].Arguments.ProcessingInputs[0].S3Input", _examples.REMOVED)
#: Shape -> the members of which exactly one is required.
EXACTLY_ONE = {
    "AlgorithmSpecification": ("TrainingImage", "AlgorithmName"),
    "CreateHyperParameterTuningJobRequest": ("TrainingJobDefinition", "TrainingJobDefinitions"),
    "CreateModelInput": ("PrimaryContainer", "Containers"),
    "CreateModelPackageInput": ("ModelPackageGroupName", "ModelPackageName"),
    "HyperParameterAlgorithmSpecification": ("TrainingImage", "AlgorithmName"),
    "ProcessingInput": ("S3Input", "DatasetDefinition"),
}


def check(definition: Definition) -> Iterator[Mistake]:
    """Check every object that has such members."""
    for path, value, shape, is_open in definition.slots:
        names = EXACTLY_ONE.get(shape.name, ())
        if names and isinstance(value, dict) and not is_open:
            present = [name for name in names if value.get(name) is not None]
            if len(present) != 1:
                yield Mistake(
                    path,
                    f"has {' and '.join(present) or 'neither of its two sources'}",
                    f"set exactly one of {' and '.join(names)}",
                )
