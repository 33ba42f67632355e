"""A step writes to the same prefix in each execution: the next one overwrites it, and two at a time mix.

A processing job leaves what another execution wrote there, and a step that reads the prefix gets it, too.
"""

from __future__ import annotations

from collections.abc import Iterator

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.expressions import references
from local_sagemaker.definition.rules import WARNING, Mistake, _examples, _outputs

LEVEL = WARNING
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-access.html"
GOOD = _examples.definition(_examples.processing())
BAD = _examples.with_value(
    GOOD, "Steps[0].Arguments.ProcessingOutputConfig.Outputs[0].S3Output.S3Uri", "s3://bucket/train"
)
_SAME = ("Execution.PipelineName", "Execution.PipelineArn")


def check(definition: Definition) -> Iterator[Mistake]:
    """Every output with nothing in it that can differ between executions; a parameter can."""
    for slot, uri in _outputs.prefixes(definition):
        if all(path in _SAME for path in references(uri)):
            fix = "put the execution's id into it: ExecutionVariables.PIPELINE_EXECUTION_ID of the SDK"
            yield Mistake(slot.path, f"writes to {_outputs.prefix(uri)} in each execution", fix)
