"""Lambda function that tests whether an endpoint answers as well as its model was evaluated, and fast enough.

Event:
    EndpointName      the endpoint, which has to serve a version of a model package group
    TestDataUri       S3 URI of the rows: the label first, no header; default: the rows the model was evaluated with
    MaxRows           how many of them at most, drawn at random; default: 2000. With a few hundred rows, even a model
                      that is twice as bad may pass by chance
    RowsPerRequest    default: 1
    Accept            text/csv, or application/json
    MaxP95Milliseconds, MaxP99Milliseconds
                      the longest that 95 (99) of 100 requests may take, measured here; default without either: P95 1000

It returns the figures, or raises EndpointTestFailed, with the figures in the message, if one of them is unacceptable.
As an action of CodePipeline it reads the event from UserParameters; the figures are the action's output variables.
Nothing is retried: an answer that is wrong now and then would be wrong now and then for users, too.
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
SECONDS_LEFT = 5.0  # of the function's time: enough to report the result
DEFAULTS = {"MaxRows": 2000, "RowsPerRequest": 1, "Accept": CSV}
LIMITS = {"MaxP95Milliseconds": 95, "MaxP99Milliseconds": 99}
DEFAULT_LIMITS = {"MaxP95Milliseconds": 1000}
EVENT_MEMBERS = {"EndpointName", "TestDataUri", *DEFAULTS, *LIMITS}


class EndpointTestFailed(Exception):
    """Raised if an endpoint fails the test; the message has the figures, and their limits."""


class Clients(NamedTuple):
    """Holds the clients of AWS's services, and a clock in seconds."""

    sagemaker: Any
    runtime: Any
    s3: Any
    codepipeline: Any
    clock: Callable[[], float] = time.perf_counter


def lambda_handler(event: dict[str, Any], context: Any, clients: Clients | None = None) -> dict[str, Any]:
    """Test the endpoint."""
    clients = clients or _clients()
    if codepipeline_job.is_job(event):
        return codepipeline_job.answer(
            event, clients.codepipeline, lambda options, job: test(options, context, clients)
        )
    return test(event, context, clients)


def test(event: Mapping[str, Any], context: Any, clients: Clients) -> dict[str, Any]:
    """Return the figures.

    Raises:
        EndpointTestFailed: a figure is unacceptable, or missing.
        ValueError: something is missing in the event or in the served version.
    """
    options = _options(event)
    package = served_model(clients.sagemaker, options["EndpointName"])
    facts = package.get("CustomerMetadataProperties") or {}
    uri = options.get("TestDataUri") or facts.get("TestDataUri")
    if not uri:
        raise ValueError(f"{package['ModelPackageArn']} has no TestDataUri; give it in the event")
    expected = quality.read_expected(facts, lambda name: _json(clients.s3, facts[name]))
    with _body(clients.s3, uri) as body:
        rows, row_count = quality.draw_lines((line for line in body.iter_lines() if line), options["MaxRows"])
    if not rows:
        raise ValueError(f"{uri} has no rows")
    predictions, seconds = _predict_all(clients, context, options, rows)
    figures = quality.measure(expected, rows, predictions, row_count) | _latency(seconds)
    figures |= {"EndpointName": options["EndpointName"], "ModelPackageArn": package["ModelPackageArn"]}
    if failures := quality.failures(figures) + _slow_percentiles(figures, options):
        raise EndpointTestFailed(f"{options['EndpointName']}: {'; '.join(failures)}. Figures: {json.dumps(figures)}")
    return figures


def served_model(sagemaker: Any, endpoint: str) -> dict[str, Any]:
    """Return DescribeModelPackage's response for the version behind an endpoint.

    Raises:
        EndpointTestFailed: the endpoint is not in service.
        ValueError: it does not serve a version from the model registry.
    """
    described = sagemaker.describe_endpoint(EndpointName=endpoint)
    if described["EndpointStatus"] != "InService":
        why = described.get("FailureReason", "wait until it is InService")
        raise EndpointTestFailed(f"{endpoint} is {described['EndpointStatus']}: {why}")
    config = sagemaker.describe_endpoint_config(EndpointConfigName=described["EndpointConfigName"])
    model = sagemaker.describe_model(ModelName=config["ProductionVariants"][0]["ModelName"])
    containers = [*model.get("Containers", ()), *([model["PrimaryContainer"]] if "PrimaryContainer" in model else [])]
    versions = [container["ModelPackageName"] for container in containers if container.get("ModelPackageName")]
    if not versions:
        raise ValueError(f"{endpoint} serves {model['ModelName']}, which is not a version of a model package group")
    return dict(sagemaker.describe_model_package(ModelPackageName=versions[0]))


def _options(event: Mapping[str, Any]) -> dict[str, Any]:
    if unknown := sorted(event.keys() - EVENT_MEMBERS):
        raise ValueError(
            f"the event has unknown members: {', '.join(unknown)}; it may have {', '.join(sorted(EVENT_MEMBERS))}"
        )
    options = {**DEFAULTS, **event}
    if not options.get("EndpointName"):
        raise ValueError("the event needs EndpointName")
    for name in ("MaxRows", "RowsPerRequest"):
        if not isinstance(options[name], int) or options[name] < 1:
            raise ValueError(f"{name} is {options[name]!r}; give a whole number from 1 on")
    if options["Accept"] not in quality.PARSERS:
        raise ValueError(f"Accept is {options['Accept']!r}; give one of {', '.join(quality.PARSERS)}")
    return options if options.keys() & LIMITS.keys() else options | DEFAULT_LIMITS


def _predict_all(
    clients: Clients, context: Any, options: Mapping[str, Any], rows: Sequence[bytes]
) -> tuple[list[float], list[float]]:
    """Return the predictions of all rows, and the duration of each request in seconds."""
    size, predictions, seconds = options["RowsPerRequest"], [], []
    for _ in range(WARM_UP):
        _predict(clients.runtime, options, rows[:size])
    for start in range(0, len(rows), size):
        if context and context.get_remaining_time_in_millis() < SECONDS_LEFT * 1000:
            raise EndpointTestFailed(
                f"{options['EndpointName']}: time is up after {start} of {len(rows)} rows; give the function more "
                "time, or set a lower MaxRows"
            )
        began = clients.clock()
        predictions += _predict(clients.runtime, options, rows[start : start + size])
        seconds.append(clients.clock() - began)
    return predictions, seconds


def _predict(runtime: Any, options: Mapping[str, Any], rows: Sequence[bytes]) -> list[float]:
    """Return a prediction for each row."""
    endpoint, features = options["EndpointName"], b"\n".join(row.partition(b",")[2] for row in rows)
    try:
        answer = runtime.invoke_endpoint(
            EndpointName=endpoint, Body=features, ContentType=CSV, Accept=options["Accept"]
        )
        text = answer["Body"].read().decode()
    except (BotoCoreError, ClientError) as error:
        raise EndpointTestFailed(f"{endpoint} does not answer: {error}") from error
    predictions = quality.numbers(text, answer["ContentType"])
    if predictions is None or len(predictions) != len(rows):
        raise EndpointTestFailed(f"{endpoint} returned {text[:200]!r} for {len(rows)} rows, not a number for each")
    return predictions


def _latency(seconds: Sequence[float]) -> dict[str, float]:
    """Return the percentiles in milliseconds."""
    cuts = quantiles([*seconds, *seconds[:1]] if len(seconds) == 1 else seconds, n=100, method="inclusive")
    return {f"P{percent}Milliseconds": round(cuts[percent - 1] * 1000, 3) for percent in (50, 95, 99)}


def _slow_percentiles(figures: Mapping[str, Any], options: Mapping[str, Any]) -> list[str]:
    measured = {name: figures[f"P{percent}Milliseconds"] for name, percent in LIMITS.items() if name in options}
    return [
        f"{LIMITS[name]} % of the requests took up to {value} ms, but only {options[name]} ms are allowed"
        for name, value in measured.items()
        if value > options[name]
    ]


def _json(s3: Any, uri: str) -> Any:
    with _body(s3, uri) as body:
        return json.load(body)


def _body(s3: Any, uri: str) -> Any:
    parts = urlsplit(uri)
    return closing(s3.get_object(Bucket=parts.netloc, Key=parts.path.lstrip("/"))["Body"])


def _clients() -> Clients:
    no_retries = Config(retries={"total_max_attempts": 1})
    runtime = boto3.client("sagemaker-runtime", config=no_retries)
    return Clients(boto3.client("sagemaker"), runtime, boto3.client("s3"), boto3.client("codepipeline"))
