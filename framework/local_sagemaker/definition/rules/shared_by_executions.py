"""A step writes to the same prefix in each execution, so that executions overwrite or mix their results.

A processing job does not delete what another execution wrote there, and a step that reads the prefix gets it, too.
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
_SAME_VARIABLES = ("Execution.PipelineName", "Execution.PipelineArn")


def check(definition: Definition) -> Iterator[Mistake]:
    """Check every output for a part that can differ between executions, such as a parameter."""
    for slot, uri in _outputs.output_prefixes(definition):
        if all(path in _SAME_VARIABLES for path in references(uri)):
            fix = "add the execution's id, ExecutionVariables.PIPELINE_EXECUTION_ID in the SDK"
            yield Mistake(slot.path, f"writes to {_outputs.format_prefix(uri)} in each execution", fix)
