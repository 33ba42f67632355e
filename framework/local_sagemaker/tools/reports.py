"""By what checks and reports of violations are found in an execution: a contract of the pipelines and of whoever reads
them.
"""

from __future__ import annotations

#: The steps that end an execution because of what another one has found: the model has lost its quality; the endpoint
#: receives other data than its model was evaluated on.
LOST, DRIFT = "ModelQualityLost", "EndpointDrift"
#: Fail step -> the output of the step before it that has the report.
OUTPUTS = {LOST: "model_quality", DRIFT: "endpoint_quality"}
VIOLATIONS_FILE = "constraint_violations.json"
#: A project's own check is a processing job with these variables, its CheckType and the model package group, and with
#: this output.
CHECK_TYPE, GROUP, CHECK = "CHECK_TYPE", "MODEL_PACKAGE_GROUP_NAME", "check"
