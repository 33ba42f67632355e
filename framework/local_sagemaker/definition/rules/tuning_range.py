"""A tuning step has an invalid range: reversed, not numeric, or with a fixed value of the same name.

The service rejects it when the step starts, after all earlier steps have run.
"""

from __future__ import annotations

from collections.abc import Iterator

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.rules import ERROR, Mistake, _examples
from local_sagemaker.definition.tuning import range_errors

LEVEL = ERROR
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-define-ranges.html"
GOOD = _examples.definition(_examples.tuning())
BAD = _examples.with_value(
    GOOD,
    "Steps[0].Arguments.HyperParameterTuningJobConfig.ParameterRanges.IntegerParameterRanges[0].MinValue",
    "9",
)


def check(definition: Definition) -> Iterator[Mistake]:
    """Check every tuning step."""
    for step in definition.steps:
        config, training = (step.arguments.get(n) for n in ("HyperParameterTuningJobConfig", "TrainingJobDefinition"))
        if step.type == "Tuning" and isinstance(config, dict):
            static = training.get("StaticHyperParameters") if isinstance(training, dict) else None
            path = f"{step.path}.Arguments.HyperParameterTuningJobConfig"
            for place, message in range_errors(config, static if isinstance(static, dict) else {}, path):
                yield Mistake(place, message)
