"""Compile without a network: provide a session that records the SDK's uploads and answers its calls.

Building steps and calling ``definition()`` make the SDK upload code and look up roles. Here the uploads become entries
of ``Recording.uploads``; ``offline_pipeline.Pipeline`` sends them when the pipeline is created or updated.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field
from typing import Any

from local_sagemaker.hooks import session_answered_by
from local_sagemaker.tools.command_errors import UsageError
from local_sagemaker.tools.modules import REGION_VARIABLES
from local_sagemaker.tools.placeholders import PLACEHOLDER_ACCOUNT

import boto3

PLACEHOLDER_ROLE = f"arn:aws:iam::{PLACEHOLDER_ACCOUNT}:role/local-sagemaker"


class NotOffline(Exception):
    """Raised when compiling would need AWS; ``code`` makes botocore report it as an AWS error."""

    code = "NotOffline"


@dataclass
class Recording:
    """Records the objects that compiling would upload, by bucket and key; ``bucket`` is the pipeline's."""

    bucket: str
    uploads: dict[tuple[str, str], bytes] = field(default_factory=dict)

    def add(self, key: str, content: bytes) -> str:
        """Record an object to upload; return its URI."""
        self.uploads[self.bucket, key] = content
        return f"s3://{self.bucket}/{key}"

    def add_below_hash(self, prefix: str, name: str, content: bytes) -> str:
        """Record an object to upload below a hash of its content; return its URI.

        Because of the hash, a pipeline that is deployed already continues to read its own version.
        """
        return self.add(f"{prefix}/{hashlib.sha256(content).hexdigest()}/{name}", content)

    def session(self, region: str) -> boto3.Session:
        """Return a session that records uploads."""
        return session_answered_by(self._answer, region)

    def _answer(self, service: str, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        match service, operation:
            case "s3", "put_object":
                body = request["Body"]
                data = body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else body.read()
                self.uploads[request["Bucket"], request["Key"]] = data
                return {}
            case "s3", "list_buckets":
                return {"Buckets": [{"Name": self.bucket, "CreationDate": "2020-12-01T00:00:00+00:00"}]}
            case "s3", "head_bucket":
                return {}
            case "iam", "simulate_principal_policy":
                actions = request["ActionNames"]
                return {"EvaluationResults": [{"EvalActionName": a, "EvalDecision": "allowed"} for a in actions]}
            case "iam", "get_role":
                return {"Role": {"RoleName": request["RoleName"], "Arn": PLACEHOLDER_ROLE}}
        raise NotOffline(f"compiling a pipeline called {service}.{operation}, which needs AWS; pass the result instead")


def resolve_region(region: str | None) -> str:
    """Return the region, by default that of the environment.

    Raises:
        UsageError: no region is set.
    """
    resolved = region or next(filter(None, map(os.environ.get, REGION_VARIABLES)), None)
    if not resolved:
        raise UsageError("""no region: set AWS_REGION, or give it as --kwargs '{"region": "us-east-1"}'""")
    return resolved


def placeholder_bucket(region: str) -> str:
    """Return the name of the SDK's default bucket in the placeholder account."""
    return f"sagemaker-{region}-{PLACEHOLDER_ACCOUNT}"
