"""Lambda function: whether an endpoint answers as well as its model was evaluated, and as fast as it has to.

Event:
    EndpointName      the endpoint; what it serves is a version of a model package group
    TestDataUri       S3 URI of the rows: the label first, no header; left out for those that the model was evaluated on
    MaxRows           how many of them at most, drawn at random; 2000 where it is left out. Of a few
                      hundred, chance hides a model that is twice as bad
    RowsPerRequest    1 where it is left out
    Accept            text/csv, or application/json
    MaxP95Milliseconds, MaxP99Milliseconds
                      the longest that 95 (99) of 100 requests may take, as this function sees it; 1000 where neither is

It gives back the figures, and raises EndpointTestFailed, which has them too, where one of them is not as it should be.
As an action of CodePipeline it finds the event in UserParameters; the figures are the action's output variables.
Nothing is tried twice: what an endpoint answers now and then, people would get now and then.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from statistics import quantiles
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from deploy import codepipeline_job

import boto3
import quality
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

CSV = "text/csv"
WARM_UP = 3  # requests before the clock runs: a serverless endpoint has to start
SECONDS_LEFT = 5.0  # of the function's time: enough to tell what was found
DEFAULTS = {"MaxRows": 2000, "RowsPerRequest": 1, "Accept": CSV}
LIMITS = {"MaxP95Milliseconds": 95, "MaxP99Milliseconds": 99}
DEFAULT_LIMITS = {"MaxP95Milliseconds": 1000}
KNOWN = {"EndpointName", "TestDataUri", *DEFAULTS, *LIMITS}


class EndpointTestFailed(Exception):
    """Raised where an endpoint is not as it should be; the message has the figures, and what they should be."""


class Clients(NamedTuple):
    """Of AWS's services, and a clock that tells seconds."""

    sagemaker: Any
    runtime: Any
    s3: Any
    codepipeline: Any
    clock: Callable[[], float] = time.perf_counter


def lambda_handler(event: dict[str, Any], context: Any, clients: Clients | None = None) -> dict[str, Any]:
    """Test it."""
    clients = clients or _clients()
    if codepipeline_job.is_job(event):
        return codepipeline_job.answer(event, clients.codepipeline, lambda asked, job: test(asked, context, clients))
    return test(event, context, clients)


def test(event: Mapping[str, Any], context: Any, clients: Clients) -> dict[str, Any]:
    """The figures.

    Raises:
        EndpointTestFailed: one is not as it should be, or there is none.
        ValueError: the event, or the version that is served, lacks what is needed.
    """
    asked = _asked(event)
    package = served_model(clients.sagemaker, asked["EndpointName"])
    facts = package.get("CustomerMetadataProperties") or {}
    uri = asked.get("TestDataUri") or facts.get("TestDataUri")
    if not uri:
        raise ValueError(f"{package['ModelPackageArn']} carries no TestDataUri; name the rows in the event")
    expected = quality.expected(facts, lambda name: _json(clients.s3, facts[name]))
    with _body(clients.s3, uri) as body:
        rows, of = quality.drawn((line for line in body.iter_lines() if line), asked["MaxRows"])
    if not rows:
        raise ValueError(f"{uri} has no rows")
    predictions, seconds = _answers(clients, context, asked, rows)
    found = quality.measured(expected, rows, predictions, of) | _latency(seconds)
    found |= {"EndpointName": asked["EndpointName"], "ModelPackageArn": package["ModelPackageArn"]}
    if failures := quality.failures(found) + _slow(found, asked):
        raise EndpointTestFailed(f"{asked['EndpointName']}: {'; '.join(failures)}. Found: {json.dumps(found)}")
    return found


def served_model(sagemaker: Any, endpoint: str) -> dict[str, Any]:
    """DescribeModelPackage of the version behind an endpoint.

    Raises:
        EndpointTestFailed: the endpoint is not in service.
        ValueError: it serves no version of the model registry.
    """
    described = sagemaker.describe_endpoint(EndpointName=endpoint)
    if described["EndpointStatus"] != "InService":
        why = described.get("FailureReason", "wait until it is InService")
        raise EndpointTestFailed(f"{endpoint} is {described['EndpointStatus']}: {why}")
    config = sagemaker.describe_endpoint_config(EndpointConfigName=described["EndpointConfigName"])
    model = sagemaker.describe_model(ModelName=config["ProductionVariants"][0]["ModelName"])
    containers = [*model.get("Containers", ()), *([model["PrimaryContainer"]] if "PrimaryContainer" in model else [])]
    named = [one["ModelPackageName"] for one in containers if one.get("ModelPackageName")]
    if not named:
        raise ValueError(f"{endpoint} serves {model['ModelName']}, which is no version of a model package group")
    return dict(sagemaker.describe_model_package(ModelPackageName=named[0]))


def _asked(event: Mapping[str, Any]) -> dict[str, Any]:
    if unknown := sorted(event.keys() - KNOWN):
        raise ValueError(f"the event has {', '.join(unknown)}; it may have {', '.join(sorted(KNOWN))}")
    asked = {**DEFAULTS, **event}
    if not asked.get("EndpointName"):
        raise ValueError("the event needs EndpointName")
    for name in ("MaxRows", "RowsPerRequest"):
        if not isinstance(asked[name], int) or asked[name] < 1:
            raise ValueError(f"{name} is {asked[name]!r}; it has to be a whole number, 1 at least")
    if asked["Accept"] not in quality.READ:
        raise ValueError(f"Accept is {asked['Accept']!r}; {', '.join(quality.READ)} are read")
    return asked if asked.keys() & LIMITS.keys() else asked | DEFAULT_LIMITS


def _answers(
    clients: Clients, context: Any, asked: Mapping[str, Any], rows: Sequence[bytes]
) -> tuple[list[float], list[float]]:
    """The predictions of all rows, and how long each request took, in seconds."""
    size, predictions, seconds = asked["RowsPerRequest"], [], []
    for _ in range(WARM_UP):
        _ask(clients.runtime, asked, rows[:size])
    for start in range(0, len(rows), size):
        if context and context.get_remaining_time_in_millis() < SECONDS_LEFT * 1000:
            raise EndpointTestFailed(
                f"{asked['EndpointName']}: time is up after {start} of {len(rows)} rows; give the function more, or "
                "ask for less by MaxRows"
            )
        began = clients.clock()
        predictions += _ask(clients.runtime, asked, rows[start : start + size])
        seconds.append(clients.clock() - began)
    return predictions, seconds


def _ask(runtime: Any, asked: Mapping[str, Any], rows: Sequence[bytes]) -> list[float]:
    """A prediction for each row."""
    endpoint, features = asked["EndpointName"], b"\n".join(row.partition(b",")[2] for row in rows)
    try:
        answer = runtime.invoke_endpoint(EndpointName=endpoint, Body=features, ContentType=CSV, Accept=asked["Accept"])
        text = answer["Body"].read().decode()
    except (BotoCoreError, ClientError) as error:
        raise EndpointTestFailed(f"{endpoint} does not answer: {error}") from error
    found = quality.numbers(text, answer["ContentType"])
    if found is None or len(found) != len(rows):
        raise EndpointTestFailed(f"{endpoint} answers {len(rows)} rows with {text[:200]!r}, and not with a number each")
    return found


def _latency(seconds: Sequence[float]) -> dict[str, float]:
    """Percentiles in milliseconds."""
    cuts = quantiles([*seconds, *seconds[:1]] if len(seconds) == 1 else seconds, n=100, method="inclusive")
    return {f"P{percent}Milliseconds": round(cuts[percent - 1] * 1000, 3) for percent in (50, 95, 99)}


def _slow(found: Mapping[str, Any], asked: Mapping[str, Any]) -> list[str]:
    measured = {name: found[f"P{percent}Milliseconds"] for name, percent in LIMITS.items() if name in asked}
    return [
        f"{LIMITS[name]} % of the requests took up to {value} ms, where {asked[name]} are allowed"
        for name, value in measured.items()
        if value > asked[name]
    ]


def _json(s3: Any, uri: str) -> Any:
    with _body(s3, uri) as body:
        return json.load(body)


def _body(s3: Any, uri: str) -> Any:
    where = urlsplit(uri)
    return closing(s3.get_object(Bucket=where.netloc, Key=where.path.lstrip("/"))["Body"])


def _clients() -> Clients:
    once = Config(retries={"total_max_attempts": 1})
    runtime = boto3.client("sagemaker-runtime", config=once)
    return Clients(boto3.client("sagemaker"), runtime, boto3.client("s3"), boto3.client("codepipeline"))
