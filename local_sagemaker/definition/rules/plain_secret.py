"""Something secret stands in the definition, where whoever may describe the pipeline or its jobs reads it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from local_sagemaker.definition.document import Document
from local_sagemaker.definition.rules import WARNING, Problem, _examples

LEVEL = WARNING
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateProcessingJob.html"
_ARN = "arn:aws:secretsmanager:us-east-1:111122223333:secret:database"
GOOD = _examples.definition(_examples.processing(arguments={"Environment": {"DATABASE_SECRET": _ARN}}))
BAD = _examples.definition(_examples.processing(arguments={"Environment": {"DATABASE_PASSWORD": "to-be-or-not"}}))
_NAME = re.compile(r"(?i)(password|passwd|secret|secret_?key|api_?key|access_?key|auth_?token)\"?\]?$")
_KEY = re.compile(r"(AKIA|ASIA)[0-9A-Z]{16}")
_REFERENCE = re.compile(r"arn:|s3://|/|\{\{")


def check(document: Document) -> Iterator[Problem]:
    """Every text whose name, or whose own form, says that it is secret."""
    mend = "keep it in Secrets Manager, and let the container ask for it"
    for path, value, _, _ in document.slots:
        if isinstance(value, str) and value:
            if _KEY.search(value):
                yield Problem(path, "holds an access key of AWS", mend)
            elif _NAME.search(path) and not _REFERENCE.match(value):
                yield Problem(path, "looks like a secret, in plain text", mend)
