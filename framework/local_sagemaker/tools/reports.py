"""Defines the names by which checks and reports of violations are found in an execution.

The pipelines write them and the commands read them: a contract between the two.
"""

from __future__ import annotations

#: Fail steps that end an execution because of another step's violations: the model has lost its quality; the endpoint
#: receives data that differ from those its model was evaluated on.
MODEL_QUALITY_LOST, ENDPOINT_DRIFT = "ModelQualityLost", "EndpointDrift"
#: Fail step -> the output, of the step before it, with the report.
REPORT_OUTPUTS = {MODEL_QUALITY_LOST: "model_quality", ENDPOINT_DRIFT: "endpoint_quality"}
VIOLATIONS_FILE = "constraint_violations.json"
#: A project's own check is a processing job with two environment variables, its CheckType and the model package group,
#: and with this output.
CHECK_TYPE_VARIABLE, GROUP_VARIABLE, CHECK_OUTPUT = "CHECK_TYPE", "MODEL_PACKAGE_GROUP_NAME", "check"
