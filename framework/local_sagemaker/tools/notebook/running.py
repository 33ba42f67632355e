"""An execution, as it runs and once it has ended."""

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

ACCOUNT, PERSON = re.compile(r"(?<!\d)\d{12}(?!\d)"), re.compile(r"(assumed-role/[^/\s]+/)\S+|(:user/)\S+")


def follow(target: Target, execution: Any) -> None:
    """Print a line for each step as it ends, and show which run, until the execution has ended; then how it ended.

    Notebooks are shown to others: see ``public``.
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
    """The steps: name, status, seconds, of conditions the outcome, and why one failed; in the order of their starts."""
    found = [listed_facts(step) for step in executions.steps(target.client, execution.arn)]
    frame = pd.DataFrame(found).reindex(columns=["name", "status", "seconds", "outcome", "failure_reason"])
    return frame.assign(
        failure_reason=frame["failure_reason"].fillna("").map(public), outcome=frame["outcome"].fillna("")
    )


def public(text: str) -> str:
    """A text without numbers of accounts, and without whoever was signed in: for a notebook that others see."""
    return ACCOUNT.sub("<account>", PERSON.sub(lambda found: f"{found[1] or found[2]}<somebody>", text))


def metadata(target: Target, execution: Any, step: str) -> dict[str, Any]:
    """What ListPipelineExecutionSteps tells of a step.

    Raises:
        LookupError: it has not run; those that have are named.
    """
    found = {one["StepName"]: one for one in executions.steps(target.client, execution.arn)}
    if step not in found:
        raise LookupError(f"no step {step!r} has run; these have: {', '.join(found)}")
    return dict(found[step].get("Metadata", {}))
