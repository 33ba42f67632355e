"""Build transform steps, which predict for every row of some files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pipelines.compiling import sdk
from pipelines.steps.context import BuildContext

from sagemaker.core.transformer import Transformer
from sagemaker.mlops.workflow.steps import TransformStep

CSV, LINE = "text/csv", "Line"
#: The largest request, which holds some thousands of rows. With the service's default of 6 MB the container needs more
#: memory and is not faster.
MAX_PAYLOAD_MB = 1


@dataclass(frozen=True)
class TransformResult:
    """A transform step and the location that its output will have."""

    step: TransformStep

    @property
    def output(self) -> Any:
        """The S3 prefix of its outputs: for each input file one of the same name with ``.out`` appended."""
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
    """Return a step that predicts for CSV rows.

    Args:
        context: what all jobs share.
        name: the step's name.
        model: the model's name.
        data: S3 URI of CSV files without a header.
        input_filter: which columns the model gets, e.g. ``$[1:]``.
        output_filter: which columns of the prediction and, with ``join``, of its row are written, e.g. ``$[0,-1]``.
        join: whether the prediction is appended to its row.
        instance_count: how many instances share the files.
        output: the prefix to write to; by default a folder named like the step below the execution's own prefix.
    """
    settings = {
        "model": model,
        "data": data,
        "input_filter": input_filter,
        "output_filter": output_filter,
        "join": join,
        "instance_count": instance_count,
        "output": output or context.execution_prefix(name.lower()),
    }
    with sdk.offline(context.region):
        return TransformResult(TransformStep(name, step_args=transform_request(context, name, **settings)))


def predict_labelled(context: BuildContext, name: str, *, model: Any, labelled: Any) -> TransformResult:
    """Return a step that predicts for rows whose first column is the label, and writes labels with predictions.

    Args:
        context: what all jobs share.
        name: the step's name.
        model: the model's name.
        labelled: S3 URI of CSV files without a header.
    """
    # The model must not see the label; the output has only the label and the prediction.
    return transform(
        context, name, model=model, data=labelled, input_filter="$[1:]", join=True, output_filter="$[0,-1]"
    )


def transform_request(
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
    """Return the arguments of a TransformStep; see ``transform``."""
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


#: The former name; CHANGELOG.md lists all of these.
predict = predict_labelled
