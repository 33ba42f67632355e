"""Build callback steps, in which the execution waits until a reviewer, or a program, has answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipelines.steps.functions import FunctionResult

from sagemaker.mlops.workflow.callback_step import CallbackOutput, CallbackOutputTypeEnum, CallbackStep


def ask_reviewer(name: str, *, queue_url: str, inputs: Mapping[str, Any], outputs: Mapping[str, str]) -> FunctionResult:
    """Return a step that sends a message to a queue, and waits for the answer to its token.

    ``pipelines answer`` answers it; so can anything that reads the queue, by SendPipelineExecutionStepSuccess or
    -Failure. The role of the pipeline must be allowed to send messages to the queue.
    https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html#step-type-callback

    Args:
        name: the step's name.
        queue_url: the URL of an SQS queue in the pipeline's region.
        inputs: the arguments in the message, for the reviewer.
        outputs: name -> String, Integer, Float or Boolean: the values that the answer has to contain.
    """
    answers = [CallbackOutput(output, CallbackOutputTypeEnum[value_type]) for output, value_type in outputs.items()]
    return FunctionResult(CallbackStep(name, sqs_queue_url=queue_url, inputs=dict(inputs), outputs=answers))
