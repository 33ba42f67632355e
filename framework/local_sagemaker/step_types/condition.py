"""Runs Condition steps: takes IfSteps if every condition holds, otherwise ElseSteps.

https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html#step-type-condition
"""

from __future__ import annotations

from local_sagemaker.account import Account
from local_sagemaker.definition.conditions import holds
from local_sagemaker.step_types.handler import Outcome, Request

TYPE = "Condition"
FIDELITY = "executed"


def start(account: Account, request: Request) -> Outcome:
    """Return a succeeded outcome.

    Its metadata say "True" or "False", its property, as AWS's in a Join, "true" or "false".

    Raises:
        ExpressionError: if a condition is of an unknown type, or its values cannot be compared.
    """
    outcome = all(map(holds, request.arguments["Conditions"]))
    not_taken = request.branches.get("ElseSteps" if outcome else "IfSteps", ())
    properties, metadata = {"Outcome": str(outcome).lower()}, {"Condition": {"Outcome": str(outcome)}}
    return Outcome("Succeeded", properties, metadata, not_taken=not_taken)
