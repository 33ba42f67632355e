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
    """Return a succeeded outcome whose property is "True" or "False".

    Raises:
        ExpressionError: if a condition is of an unknown type, or its values cannot be compared.
    """
    outcome = all(map(holds, request.arguments["Conditions"]))
    not_taken = request.branches.get("ElseSteps" if outcome else "IfSteps", ())
    result = {"Outcome": str(outcome)}
    return Outcome("Succeeded", result, {"Condition": result}, not_taken=not_taken)
