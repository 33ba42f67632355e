"""The model that a processing job asks, served on this machine as long as the job runs.

On AWS Clarify makes an endpoint of the model, its shadow endpoint, and deletes it in the end.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from local_sagemaker.batch_transform.containers import HOST, serve_containers
from local_sagemaker.errors import JobError
from local_sagemaker.images.clarify import MODEL, SHAP_BASELINE, URLS
from local_sagemaker.jobs.containers import containers, prepare
from local_sagemaker.jobs.job import Job
from local_sagemaker.objects import split_uri
from local_sagemaker.sandbox.folders import Sandbox
from local_sagemaker.sandbox.programs import Program

CONFIG = "/opt/ml/processing/input/config/analysis_config.json"
BASELINE = "/opt/ml/processing/input/shap_baseline"
TIMEOUT_SECONDS = 600


@contextmanager
def shadow_endpoint(job: Job) -> Iterator[dict[str, str]]:
    """The variables that tell the job's program where the model answers, and where the SHAP baseline lies.

    Raises:
        JobError: there is no such model, it does not start, or the configuration names what is not here.
    """
    config = _config(job)
    if _member(config, "predictor", "endpoint_name"):
        raise JobError("ClientError: analysis_config.json: endpoint_name does not run here; give model_name")
    name = (job.request.get("Environment") or {}).get(MODEL) or _member(config, "predictor", "model_name")
    with ExitStack() as stack:
        yield _baseline(job, config) | ({URLS: stack.enter_context(_served(job, str(name)))} if name else {})


def _config(job: Job) -> Any:
    """What the job's program will read; it tells what is wrong with it."""
    try:
        return json.loads(job.sandboxes[0].path(CONFIG).read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        return None


def _member(document: Any, *names: str) -> Any:
    """A member of a member of a document; None where there is no such."""
    for name in names:
        document = document.get(name) if isinstance(document, dict) else None
    return document


def _baseline(job: Job, config: Any) -> dict[str, str]:
    """A baseline that is a URI is brought into the job, as the program itself reads no bucket."""
    uri = _member(config, "methods", "shap", "baseline")
    if not isinstance(uri, str):
        return {}
    for sandbox in job.sandboxes:
        job.download(sandbox, uri, BASELINE, sharded=False)
    return {SHAP_BASELINE: f"{BASELINE}/{split_uri(uri)[1].rpartition('/')[2]}"}


@contextmanager
def _served(job: Job, name: str) -> Iterator[str]:
    """The model's containers, listening; the URLs of the one after the other."""
    sandbox = job.sandboxes[0]
    started = []
    for container in containers(job.account, name):
        found = prepare(job, container, sandbox.folder, container.environment)
        here = Sandbox(found["name"], sandbox.folder / found["name"])
        started.append((found["name"], Program.of(found["program"]), here))
    with serve_containers(started, job.log(sandbox), TIMEOUT_SECONDS, retries=0) as listening:
        yield " ".join(f"http://{HOST}:{container.port}/invocations" for container in listening)
