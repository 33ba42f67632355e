"""Runs Fail steps: ends the execution with a message."""

from __future__ import annotations

from local_sagemaker.account import Account
from local_sagemaker.step_types.handler import Outcome, Request

TYPE = "Fail"
FIDELITY = "executed"


def start(account: Account, request: Request) -> Outcome:
    """Return a failed outcome; its message becomes the execution's reason."""
    message = str(request.arguments.get("ErrorMessage", ""))
    return Outcome("Failed", {"ErrorMessage": message}, {"Fail": {"ErrorMessage": message}}, message)
