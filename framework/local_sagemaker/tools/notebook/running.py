"""Shows an execution in a notebook, while it runs and after it has ended."""

from __future__ import annotations

import re
from typing import Any

from local_sagemaker.tools.service import executions
from local_sagemaker.tools.service.results import listed_facts
from local_sagemaker.tools.targets import Target
from local_sagemaker.tools.terminal.progress import SECONDS_BETWEEN_LOOKS
from local_sagemaker.tools.terminal.summaries import step_line

import pandas as pd
from IPython.display import display

ACCOUNT, USER = re.compile(r"(?<!\d)\d{12}(?!\d)"), re.compile(r"(assumed-role/[^/\s]+/)\S+|(:user/)\S+")


def follow(target: Target, execution: Any) -> None:
    """Print a line for each step that ends, and show the running steps; at the end, print the execution's status.

    Notebooks are often published, so reasons are printed without account numbers and user names: see ``public``.
    """
    running: dict[str, None] = {}
    shown = display({"text/plain": "starting"}, raw=True, display_id=True)

    def on_step(step: dict[str, Any]) -> None:
        facts = listed_facts(step)
        if facts["status"] == "Executing":
            running[facts["name"]] = None
        else:
            running.pop(facts["name"], None)
            print(step_line(facts).plain, flush=True)
            if reason := facts.get("failure_reason"):
                print(f"    {public(reason)}")
        shown.update({"text/plain": f"running: {', '.join(running) or 'nothing'}"}, raw=True)

    delay = SECONDS_BETWEEN_LOOKS["local" if target.root else "aws"]
    status = executions.follow(target.client, execution.arn, delay, on_step)["PipelineExecutionStatus"]
    shown.update({"text/plain": ""}, raw=True)
    print(f"{execution.arn.split('/')[1]}: {status}")


def steps(target: Target, execution: Any) -> pd.DataFrame:
    """Return the steps in the order of their start: name, status, seconds, a condition's outcome, a failure reason."""
    facts = [listed_facts(step) for step in executions.steps(target.client, execution.arn)]
    frame = pd.DataFrame(facts).reindex(columns=["name", "status", "seconds", "outcome", "failure_reason"])
    return frame.assign(
        failure_reason=frame["failure_reason"].fillna("").map(public), outcome=frame["outcome"].fillna("")
    )


def public(text: str) -> str:
    """Return a text without account numbers and user names, for a notebook that is published."""
    return ACCOUNT.sub("<account>", USER.sub(lambda match: f"{match[1] or match[2]}<somebody>", text))


def metadata(target: Target, execution: Any, step: str) -> dict[str, Any]:
    """Return the metadata of a step, as ListPipelineExecutionSteps has them.

    Raises:
        LookupError: the step has not run; the message lists the steps that have.
    """
    records = {record["StepName"]: record for record in executions.steps(target.client, execution.arn)}
    if step not in records:
        raise LookupError(f"no step {step!r} has run; these have: {', '.join(records)}")
    return dict(records[step].get("Metadata", {}))
