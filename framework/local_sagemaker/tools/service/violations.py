"""Lists the violations of an execution's checks in one form: column, check, expected, observed.

Model Monitor and Clarify write the expected and the observed value into a sentence, a different one for each check.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from local_sagemaker.tools.reports import REPORT_OUTPUTS, VIOLATIONS_FILE
from local_sagemaker.tools.service.checks import check_result
from local_sagemaker.tools.service.executions import steps
from local_sagemaker.tools.service.s3 import read
from local_sagemaker.tools.service.step_metadata import completed_output_uri, describe_processing_job, jobs
from local_sagemaker.tools.targets import Target

_DISTANCE = r"Baseline drift distance: (?P<found>\S+) exceeds threshold: (?P<limit>\S+)"
_P_VALUE = r"Baseline drift p-value: (?P<found>\S+) is below threshold: (?P<limit>\S+)"
_TYPE = r"Expected data type: (?P<type>\w+), Expected match: (?P<limit>\S+)\. Observed: Only (?P<found>\S+%)"
_SHARE = r"Expected: (?P<limit>\S+)\. Observed: Only (?P<found>\S+)\.$"
_LISTED = r"Expected match: (?P<limit>\S+)\. Observed: Only (?P<found>\S+%)"
_COUNT = r"current dataset: (?P<found>\d+), .* baseline constraints: (?P<limit>\d+)"
_METRIC = r"with (?P<found>\S+)(?: \+/- \S+)? was \w+ '(?P<limit>[^']*)'"
_BIAS = r"Metric value (?P<found>\S+) doesn't meet the baseline constraint requirement (?P<limit>\S+)"
_ATTRIBUTION = r"drift (?P<found>\S+) exceeds threshold (?P<limit>\S+)"
#: Check -> patterns of its sentences, each with templates of the expected and of the observed value.
SENTENCES: dict[str, list[tuple[str, str, str]]] = {
    "data_type_check": [(_TYPE, "{limit} {type}", "{found} {type}")],
    "completeness_check": [(_SHARE, "{limit} present", "{found} present")],
    "categorical_values_check": [
        (_LISTED, "{limit} of the baseline's values", "{found} of them"),
        (r"Value: (?P<found>\S+)", "the baseline's values", "a share of {found}"),
    ],
    "baseline_drift_check": [
        (_DISTANCE, "at most {limit}", "{found}"),
        (_P_VALUE, "at least {limit} (p-value)", "{found}"),
    ],
    "missing_column_check": [(_COUNT, "{limit} columns", "{found} columns")],
    "extra_column_check": [(_COUNT, "{limit} columns", "{found} columns")],
    "GreaterThanThreshold": [(_METRIC, "at most {limit}", "{found}")],
    "LessThanThreshold": [(_METRIC, "at least {limit}", "{found}")],
    "bias_drift_check": [(_BIAS, "no further from 0 than {limit}", "{found}")],
    "feature_attribution_drift_check": [(_ATTRIBUTION, "an nDCG of at least {limit}", "{found}")],
}


def find_violations(target: Target, execution_arn: str) -> list[dict[str, str]]:
    """Return the violations of an execution, in the order of its steps: step, column, check, expected, observed.

    The column of a violation may be a metric; see ``column``.

    Raises:
        ClientError: a report cannot be read.
    """
    return [
        {"step": step} | describe_violation(violation)
        for step, uri in _reports(target, execution_arn)
        for violation in read(target, uri)["violations"]
    ]


def describe_violation(violation: Mapping[str, str]) -> dict[str, str]:
    """Return a report's violation as a row. An unrecognised sentence is returned unchanged, as the observed value."""
    check, sentence = violation.get("constraint_check_type", ""), violation.get("description", "")
    for pattern, expected, observed in SENTENCES.get(check, ()):
        if match := re.search(pattern, sentence):
            parts = match.groupdict()
            return _row(violation, check, expected.format(**parts), observed.format(**parts))
    return _row(violation, check, "", sentence)


def column(violation: Mapping[str, str]) -> str:
    """Return the subject of a violation: a column, a metric, or a facet with its value and a metric."""
    facet = [violation["facet"], violation["facet_value"]] if "facet" in violation else []
    return " ".join([*facet, violation.get("feature_name") or violation.get("metric_name", "")])


def _row(violation: Mapping[str, str], check: str, expected: str, observed: str) -> dict[str, str]:
    return {"column": column(violation), "check": check, "expected": expected, "observed": observed}


def _reports(target: Target, execution_arn: str) -> Iterator[tuple[str, str]]:
    """Yield step and URI of each report: of checks, and of the step that compares scores with the ground truth."""
    for step in steps(target.client, execution_arn):
        metadata = step.get("Metadata", {})
        if check := check_result(target, step):
            uris = [check["ViolationReport"]] if check.get("ViolationReport") else []
        else:
            descriptions = [
                describe_processing_job(target, job) for job_kind, job in jobs(metadata) if job_kind == "ProcessingJob"
            ]
            outputs = [completed_output_uri(job, name) for job in descriptions for name in REPORT_OUTPUTS.values()]
            uris = [f"{uri}/{VIOLATIONS_FILE}" for uri in outputs if uri]
        yield from ((step["StepName"], uri) for uri in uris)
