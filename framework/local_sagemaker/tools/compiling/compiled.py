"""Defines what compiling a module results in: a definition, and the objects that it names."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from local_sagemaker.definition.step_code import ReadCode
from local_sagemaker.tools.service.s3 import etag
from local_sagemaker.tools.uploads import code_reader


@dataclass(frozen=True)
class Compiled:
    """A pipeline's name and definition, its own tags, and the objects that it needs, by bucket and key."""

    name: str
    definition: str
    tags: list[dict[str, str]] = field(default_factory=list)
    uploads: Mapping[tuple[str, str], bytes] = field(default_factory=dict)

    @property
    def read_code(self) -> ReadCode:
        """What reads the code among the objects, for lint."""
        return code_reader(self.uploads)

    def missing_uploads(self, s3: Any) -> list[tuple[str, str]]:
        """Return bucket and key of each object that does not exist yet, or has another content."""
        return [place for place, content in self.uploads.items() if etag(s3, *place) != _etag(content)]

    def upload(self, s3: Any) -> None:
        """Upload the objects that are missing."""
        for bucket, key in self.missing_uploads(s3):
            s3.put_object(Bucket=bucket, Key=key, Body=self.uploads[bucket, key])


def _etag(content: bytes) -> str:
    """Return the ETag of an object that is uploaded in one part, and not encrypted with a key of KMS."""
    return hashlib.md5(content, usedforsecurity=False).hexdigest()
