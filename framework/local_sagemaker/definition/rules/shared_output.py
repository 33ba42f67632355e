"""Two outputs go to one prefix: each may overwrite what the other wrote, and what reads one gets both."""

from __future__ import annotations

from collections.abc import Iterator

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.rules import WARNING, Mistake, _examples, _outputs
from local_sagemaker.definition.rules.duplicate_name import are_exclusive

LEVEL = WARNING
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProcessingS3Output.html"
GOOD = _examples.definition(_examples.processing("Prepare"), _examples.processing("Evaluate"))
BAD = _examples.with_value(
    GOOD, "Steps[1].Arguments.ProcessingOutputConfig.Outputs[0].S3Output.S3Uri", _examples.of_execution("Prepare")
)


def check(definition: Definition) -> Iterator[Mistake]:
    """Every output whose prefix an earlier one has, but for steps of different branches."""
    first: dict[str, tuple[str, object]] = {}
    for slot, uri in _outputs.prefixes(definition):
        step, prefix = definition.step_at(slot.path), _outputs.prefix(uri)
        if prefix in first:
            path, name = first[prefix]
            other = definition.named.get(str(name))
            if not are_exclusive(other, step):
                who = "another output of the step" if step and name == step.name else repr(name)
                words = f"writes to {prefix}, as {who} does ({path})"
                yield Mistake(slot.path, words, "give each a folder of its own")
        first.setdefault(prefix, (slot.path, step.name if step else ""))
