"""Record docs/terminal.md: what the terminal shows for real commands; rewritten only on request."""

from __future__ import annotations

import os
import pty
import re
import shlex
import signal
import subprocess

import pytest
from paths import PYTHONPATH, ROOT

pytest.importorskip("sagemaker.core", reason="needs the SageMaker SDK")

import local_sagemaker.session

import running_processes
import warm

DOCUMENT = ROOT / "docs" / "terminal.md"
PROGRAMS = {"run-pipeline": "pipelines.run_pipeline", "pipelines": "local_sagemaker.tools.commands.__main__"}
HEAD = """\
# At the terminal

Recorded from the commands themselves: train, inspect, approve, and continue after a power cut. Dots replace whatever
differs from run to run. On AWS the same commands work without `--local`.
"""
POWER_OFF = """\
The power fails while the model is trained (here: `kill -9` of the processes of the execution and the job). Finished
steps are kept, and `retry` runs the others:
"""
REJECTED = """\
If the data violate the approved version's baseline (here: each shell is 1.6 times as heavy), nothing is trained:
"""


@pytest.fixture
def terminal(tmp_path):
    """Return a function that runs a command in its own terminal and returns what it printed; collect the transcript."""
    lines: list[str] = []

    def run(command: str) -> str:
        program, *arguments = shlex.split(command)
        controller, device = pty.openpty()
        environment = {**os.environ, "PYTHONPATH": PYTHONPATH, "TERM": "dumb", "COLUMNS": "120", "TZ": "UTC"}
        argv = [*warm.program(PROGRAMS[program]), *arguments]
        with subprocess.Popen(
            argv, cwd=tmp_path, env=environment, stdin=device, stdout=device, stderr=device
        ) as process:
            os.close(device)
            output = _read(controller)
            process.wait()
        os.close(controller)
        lines.extend([f"$ {command}", *output.splitlines()])
        return output

    run.lines = lines
    return run


def _read(terminal: int) -> str:
    output = b""
    while True:
        try:
            part = os.read(terminal, 65536)
        except OSError:  # the other end is closed
            part = b""
        if not part:
            return output.decode().replace("\r\n", "\n")
        output += part


@running_processes.needs_proc
def test_the_recorded_session_is_unchanged(terminal, heavier_file, tmp_path, request):
    terminal("run-pipeline -n pipelines.abalone.pipeline --local")
    terminal("pipelines list --local")
    terminal("pipelines models --local")
    terminal('pipelines approve AbalonePackageGroup/1 --local --reason "half of the naive error"')
    first = _take_block(terminal, tmp_path)
    terminal("run-pipeline -n pipelines.abalone.pipeline --local --parameters MseThreshold=5.8 --no-wait")
    _switch_off(tmp_path / ".local-sagemaker", "TrainAbaloneModel")
    terminal("pipelines show --local")
    retried = terminal("pipelines retry --local")
    assert "attempt 2" in retried
    assert "model-package/AbalonePackageGroup/2" in retried
    second = _take_block(terminal, tmp_path)
    terminal(f"run-pipeline -n pipelines.abalone.pipeline --local --parameters InputDataUrl={heavier_file}")
    transcript = "\n".join([HEAD, first, POWER_OFF, second, REJECTED, _take_block(terminal, tmp_path)])

    if request.config.getoption("--rewrite-golden"):
        DOCUMENT.write_text(transcript)
    assert _mask(transcript) == _mask(DOCUMENT.read_text())


def _take_block(terminal, folder):
    """Return what has been recorded since the last block, as the document shows it."""
    text = "\n".join(terminal.lines).replace(str(folder), "/home/you/shells")
    terminal.lines.clear()
    ids = {name: name[:3] + "." * 9 for name in re.findall(r"execution/([a-z0-9]{12})\b", text)}
    for name, short in ids.items():
        text = text.replace(name, short)
    text = re.sub(r"(pipelines-\w{3}\.{9}-\w+)-[a-z0-9]{10}\b", r"\1-..........", text)
    return f"```\n{text}\n```\n"


#: A step's line, and the lines below it.
STEP = r"^\w+ (?:Succeeded|Failed) .*\n(?: .*\n)*"


def _mask(text):
    """Return text that is the same for every run.

    It has no times, ids, hashes, decimal places or column widths, and no order among steps, as two may run at the same
    time.
    """
    text = re.sub(r"\b\w{3}\.{9}", "ID", text)
    text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d|\b[0-9a-f]{64}\b|\d+\.\d+( s)?", "N", text)
    text = re.sub(r"[ .]{2,}", " ", text)
    text = re.sub(r"(?<=^kept ).*", lambda names: ", ".join(sorted(names[0].split(", "))), text, flags=re.M)
    return re.sub(f"(?:{STEP})+", lambda steps: "".join(sorted(re.findall(STEP, steps[0], re.M))), text, flags=re.M)


def _switch_off(root, step):
    """Kill the newest execution's process, and the job of one of its steps, once that job runs."""
    client = local_sagemaker.session.open(root).client("sagemaker")
    newest = client.list_pipeline_executions(PipelineName="AbalonePipeline")["PipelineExecutionSummaries"][0]
    arn = newest["PipelineExecutionArn"]
    jobs = running_processes.wait_for(
        lambda: [j for j in _jobs(client, arn, step) if running_processes.find_by_lock(j)]
    )
    for name in (arn.rpartition("/")[2], *jobs):
        for process in running_processes.find_by_lock(name):
            os.kill(process, signal.SIGKILL)
        running_processes.wait_for(lambda name=name: not running_processes.find_by_lock(name))


def _jobs(client, arn, step):
    for step_record in client.list_pipeline_execution_steps(PipelineExecutionArn=arn)["PipelineExecutionSteps"]:
        if step_record["StepName"] == step and "TrainingJob" in step_record.get("Metadata", {}):
            yield step_record["Metadata"]["TrainingJob"]["Arn"].rpartition("/")[2]
