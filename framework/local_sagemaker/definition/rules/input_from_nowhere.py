"""A job, a model or an input lacks what it is made of, or has it twice: exactly one of two members is needed.

The service's model requires neither, so nothing says so before the step starts; SDK v3 (3.27) drops an input's
dataset_definition without a word.
"""

from __future__ import annotations

from collections.abc import Iterator

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.rules import ERROR, Mistake, _examples

LEVEL = ERROR
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProcessingInput.html"
GOOD = _examples.definition(_examples.processing())
BAD = _examples.with_value(GOOD, "Steps[0].Arguments.ProcessingInputs[0].S3Input", _examples.REMOVED)
#: Shape -> of which members exactly one has to be there.
ONE_OF = {
    "AlgorithmSpecification": ("TrainingImage", "AlgorithmName"),
    "CreateHyperParameterTuningJobRequest": ("TrainingJobDefinition", "TrainingJobDefinitions"),
    "CreateModelInput": ("PrimaryContainer", "Containers"),
    "CreateModelPackageInput": ("ModelPackageGroupName", "ModelPackageName"),
    "HyperParameterAlgorithmSpecification": ("TrainingImage", "AlgorithmName"),
    "ProcessingInput": ("S3Input", "DatasetDefinition"),
}


def check(definition: Definition) -> Iterator[Mistake]:
    """Every object that has such members."""
    for path, value, shape, is_open in definition.slots:
        names = ONE_OF.get(shape.name, ())
        if names and isinstance(value, dict) and not is_open:
            found = [name for name in names if value.get(name) is not None]
            if len(found) != 1:
                yield Mistake(
                    path,
                    f"has {' and '.join(found) or 'none of its two sources'}",
                    f"give one of {' and '.join(names)}",
                )
