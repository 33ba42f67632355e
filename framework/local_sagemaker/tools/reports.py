"""By what a report of violations is found in an execution: a contract of the pipelines and of whoever reads them."""

from __future__ import annotations

#: The steps that end an execution because of what another one has found: the model has lost its quality; the endpoint
#: receives other data than its model was evaluated on.
LOST, DRIFT = "ModelQualityLost", "EndpointDrift"
#: Fail step -> the output of the step before it that has the report.
OUTPUTS = {LOST: "model_quality", DRIFT: "endpoint_quality"}
REPORT = "constraint_violations.json"
