"""Two outputs go to the same prefix: each may overwrite the other, and a step that reads one gets both."""

from __future__ import annotations

from collections.abc import Iterator

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.rules import WARNING, Mistake, _examples, _outputs
from local_sagemaker.definition.rules.duplicate_name import are_exclusive

LEVEL = WARNING
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProcessingS3Output.html"
GOOD = _examples.definition(_examples.processing("Prepare"), _examples.processing("Evaluate"))
BAD = _examples.with_value(
    GOOD, "Steps[1].Arguments.ProcessingOutputConfig.Outputs[0].S3Output.S3Uri", _examples.execution_prefix("Prepare")
)


def check(definition: Definition) -> Iterator[Mistake]:
    """Check every output against earlier ones, except between steps of different branches."""
    first: dict[str, tuple[str, object]] = {}
    for slot, uri in _outputs.output_prefixes(definition):
        step, prefix = definition.step_at(slot.path), _outputs.format_prefix(uri)
        if prefix in first:
            path, name = first[prefix]
            earlier_step = definition.steps_by_name.get(str(name))
            if not are_exclusive(earlier_step, step):
                writer = "another output of the step" if step and name == step.name else repr(name)
                message = f"writes to {prefix}, as {writer} does ({path})"
                yield Mistake(slot.path, message, "give each its own folder")
        first.setdefault(prefix, (slot.path, step.name if step else ""))
