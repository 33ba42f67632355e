"""Transform steps: predictions for every row of some files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pipelines.compiling import sdk
from pipelines.steps.context import BuildContext

from sagemaker.core.transformer import Transformer
from sagemaker.mlops.workflow.steps import TransformStep

CSV, LINE = "text/csv", "Line"
#: Of one request: some thousands of rows. With the service's own 6 the container needs more memory, and is no quicker.
MAX_PAYLOAD_MB = 1


@dataclass(frozen=True)
class TransformResult:
    """A transform step."""

    step: TransformStep

    @property
    def output(self) -> Any:
        """The prefix that its outputs lie below: for each file of the input one of the same name with ``.out``."""
        return self.step.properties.TransformOutput.S3OutputPath


def transform(
    context: BuildContext,
    name: str,
    *,
    model: Any,
    data: Any,
    input_filter: str | None = None,
    output_filter: str | None = None,
    join: bool = False,
    instance_count: Any = 1,
    output: Any = None,
) -> TransformResult:
    """A step that predicts for CSV rows, into a prefix of the execution's own.

    Args:
        context: what all jobs share.
        name: the step's.
        model: the model's name.
        data: S3 URI of CSV files without a header.
        input_filter: which columns the model gets, e.g. ``$[1:]``.
        output_filter: which columns are written of the row, with ``join``, and its prediction, e.g. ``$[0,-1]``.
        join: whether the prediction is put behind its row.
        instance_count: how many instances share the files.
        output: where to, instead of a prefix below the execution's that is called as the step.
    """
    settings = {
        "model": model,
        "data": data,
        "input_filter": input_filter,
        "output_filter": output_filter,
        "join": join,
        "instance_count": instance_count,
        "output": output or context.of_execution(name.lower()),
    }
    with sdk.offline(context.region):
        return TransformResult(TransformStep(name, step_args=request(context, name, **settings)))


def predict(context: BuildContext, name: str, *, model: Any, labelled: Any) -> TransformResult:
    """A step that predicts for rows whose first column is their label, and writes each prediction behind its label.

    Args:
        context: what all jobs share.
        name: the step's.
        model: the model's name.
        labelled: S3 URI of CSV files without a header.
    """
    # The model must not see the label; of the row nothing else is kept.
    return transform(
        context, name, model=model, data=labelled, input_filter="$[1:]", join=True, output_filter="$[0,-1]"
    )


def request(
    context: BuildContext,
    name: str,
    *,
    model: Any,
    data: Any,
    input_filter: str | None,
    output_filter: str | None,
    join: bool,
    instance_count: Any,
    output: Any,
) -> Any:
    """What a TransformStep is made of; see ``transform``."""
    transformer = Transformer(
        model_name=model,
        instance_count=1,
        instance_type=context.transform_instance_type,
        accept=CSV,
        assemble_with=LINE,
        max_payload=MAX_PAYLOAD_MB,
        output_path=output,
        output_kms_key=context.security.kms_key,
        volume_kms_key=context.security.kms_key,
        tags=list(context.tags) or None,
        base_transform_job_name=name,
        sagemaker_session=context.session,
    )
    step_args = transformer.transform(
        data=data,
        content_type=CSV,
        split_type=LINE,
        input_filter=input_filter,
        output_filter=output_filter,
        join_source="Input" if join else None,
    )
    return sdk.with_instance_count(step_args, instance_count)
