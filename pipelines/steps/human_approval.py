"""Callback steps: the execution waits until a person, or a program, has answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipelines.steps.functions import FunctionResult

from sagemaker.mlops.workflow.callback_step import CallbackOutput, CallbackOutputTypeEnum, CallbackStep


def ask_reviewer(name: str, *, queue_url: str, inputs: Mapping[str, Any], outputs: Mapping[str, str]) -> FunctionResult:
    """A step that puts a message into a queue, and waits for the answer to its token.

    ``pipelines answer`` answers, and so does SendPipelineExecutionStepSuccess or -Failure of anyone who has read the
    queue. The role of the pipeline must be allowed to send messages to it.
    https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html#step-type-callback

    Args:
        name: the step's.
        queue_url: of an SQS queue in the pipeline's region.
        inputs: what whoever answers is told.
        outputs: name -> String, Integer, Float or Boolean: what the answer has to have.
    """
    wanted = [CallbackOutput(output, CallbackOutputTypeEnum[kind]) for output, kind in outputs.items()]
    return FunctionResult(CallbackStep(name, sqs_queue_url=queue_url, inputs=dict(inputs), outputs=wanted))
