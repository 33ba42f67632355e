"""What an execution came to: status, steps, the registered model with its metrics, and where the results lie."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pipelines.executions import steps

from botocore.exceptions import ClientError


def summary(session: Any, execution: dict[str, Any], pipeline: str, root: Path | None) -> dict[str, Any]:
    """A JSON object for a program; ``text`` makes of it what a person reads.

    Args:
        session: boto3's, of the account that ran the execution.
        execution: its DescribePipelineExecution.
        pipeline: the pipeline's name.
        root: the root folder of a local account.
    """
    client, arn = session.client("sagemaker"), execution["PipelineExecutionArn"]
    done = list(steps(client, arn))
    result: dict[str, Any] = {
        "pipeline": pipeline,
        "execution_arn": arn,
        "status": execution["PipelineExecutionStatus"],
        "failure_reason": execution.get("FailureReason"),
        "steps": [_step(s) for s in done],
        "model_packages": [_model(session, p) for p in _packages(client, done)],
    }
    if root:
        result["root"] = str(root)
    return result


def text(result: dict[str, Any]) -> str:
    """The same for a person."""
    lines = [f"{result['pipeline']}: {result['status']}"]
    reasons = [f"{s['name']}: {s['failure_reason']}" for s in result["steps"] if "failure_reason" in s]
    lines += [f"  reason   {reason}" for reason in reasons or filter(None, [result["failure_reason"]])]
    for model in result["model_packages"]:
        lines.append(f"  model    {model['arn']} ({model['approval_status']})")
        if "metric" in model:
            naive = f", predicting the mean gives {model['naive']:.4f}" if "naive" in model else ""
            lines.append(f"  metric   {model['metric']} = {model['value']:.4f} (limit {model['threshold']}{naive})")
        lines.append(f"  files    {_place(model['model_data'], result.get('root'))}")
    lines.append(f"  record   {result['execution_arn']}")
    return "\n".join(lines)


def _step(step: dict[str, Any]) -> dict[str, Any]:
    reason = {"failure_reason": step["FailureReason"]} if "FailureReason" in step else {}
    return {"name": step["StepName"], "status": step["StepStatus"]} | reason


def _packages(client: Any, done: list[dict[str, Any]]) -> list[dict[str, Any]]:
    arns = [s["Metadata"]["RegisterModel"]["Arn"] for s in done if "RegisterModel" in s.get("Metadata", {})]
    return [client.describe_model_package(ModelPackageName=arn) for arn in arns]


def _model(session: Any, package: dict[str, Any]) -> dict[str, Any]:
    """The package, and the metric that its gate compared, where it carries those facts (see model_package.py)."""
    facts = package.get("CustomerMetadataProperties", {})
    containers = package.get("InferenceSpecification", {}).get("Containers") or [{}]
    model = {
        "arn": package["ModelPackageArn"],
        "approval_status": package.get("ModelApprovalStatus"),
        "model_data": containers[0].get("ModelDataUrl", ""),
    }
    evaluation = _read_json(session, facts.get("EvaluationUri", ""))
    value = _at(evaluation, facts.get("Metric", ""))
    if isinstance(value, float | int):
        model |= {
            "metric": facts["Metric"],
            "value": value,
            "threshold": _number(facts.get("Threshold", "")),
            "evaluation": evaluation,
        }
        naive = _at(evaluation, f"naive_baseline.{facts['Metric']}")
        model |= {"naive": naive} if naive is not None else {}
    return model


def _read_json(session: Any, uri: str) -> Any:
    """The document at a URI that a package names; None where there is none, as the model is registered all the same."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    if not key:
        return None
    try:
        return json.load(session.client("s3").get_object(Bucket=bucket, Key=key)["Body"])
    except (ClientError, ValueError):
        return None


def _at(document: Any, path: str) -> Any:
    for part in path.split("."):
        document = document.get(part) if isinstance(document, dict) else None
    return document


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _place(uri: str, root: str | None) -> str:
    """An S3 URI; on this machine the file that it is."""
    return str(Path(root, "s3", uri.removeprefix("s3://"))) if root and uri else uri
