"""Serves the model that a processing job calls, on this machine and as long as the job runs.

On AWS, Clarify creates an endpoint of the model, its shadow endpoint, and deletes it at the end.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from local_sagemaker.batch_transform.containers import HOST, serve_containers
from local_sagemaker.errors import JobError
from local_sagemaker.images.clarify import MODEL, SHAP_BASELINE, URLS
from local_sagemaker.jobs.containers import model_containers, prepare
from local_sagemaker.jobs.job import Job
from local_sagemaker.objects import split_uri
from local_sagemaker.sandbox.folders import Sandbox
from local_sagemaker.sandbox.programs import Program

CONFIG = "/opt/ml/processing/input/config/analysis_config.json"
BASELINE = "/opt/ml/processing/input/shap_baseline"
TIMEOUT_SECONDS = 600


@contextmanager
def shadow_endpoint(job: Job) -> Iterator[dict[str, str]]:
    """Serve the model during the block; yield variables with its URLs and with the path of the SHAP baseline.

    Raises:
        JobError: if there is no such model, it does not start, or the configuration names what does not exist here.
    """
    config = _read_config(job)
    if _member(config, "predictor", "endpoint_name"):
        raise JobError("ClientError: analysis_config.json: endpoint_name does not run here; give model_name")
    name = (job.request.get("Environment") or {}).get(MODEL) or _member(config, "predictor", "model_name")
    with ExitStack() as stack:
        yield _download_baseline(job, config) | ({URLS: stack.enter_context(_serve(job, str(name)))} if name else {})


def _read_config(job: Job) -> Any:
    """Return the configuration, or None if it cannot be read; the job's own program reports what is wrong with it."""
    try:
        return json.loads(job.sandboxes[0].path(CONFIG).read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        return None


def _member(document: Any, *names: str) -> Any:
    """Return a nested member of a document, or None if there is no such member."""
    for name in names:
        document = document.get(name) if isinstance(document, dict) else None
    return document


def _download_baseline(job: Job, config: Any) -> dict[str, str]:
    """Download a baseline that is a URI into the job, as the program itself reads no bucket; return its variable."""
    uri = _member(config, "methods", "shap", "baseline")
    if not isinstance(uri, str):
        return {}
    for sandbox in job.sandboxes:
        job.download(sandbox, uri, BASELINE, sharded=False)
    return {SHAP_BASELINE: f"{BASELINE}/{split_uri(uri)[1].rpartition('/')[2]}"}


@contextmanager
def _serve(job: Job, name: str) -> Iterator[str]:
    """Serve the model's containers during the block; yield their URLs in order."""
    sandbox = job.sandboxes[0]
    started = []
    for container in model_containers(job.account, name):
        start = prepare(job, container, sandbox.folder, container.environment)
        container_sandbox = Sandbox(start["name"], sandbox.folder / start["name"])
        started.append((start["name"], Program.from_document(start["program"]), container_sandbox))
    with serve_containers(started, job.log(sandbox), TIMEOUT_SECONDS, retries=0) as running_containers:
        yield " ".join(f"http://{HOST}:{container.port}/invocations" for container in running_containers)
