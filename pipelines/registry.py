"""``from pipelines import registry`` lists the versions of a model, and approves or rejects one."""

from local_sagemaker.tools.service.registry import PENDING, decide, describe_version, find, versions
from local_sagemaker.tools.service.s3 import read_json

#: The former name; CHANGELOG.md lists all former names.
described = describe_version

__all__ = ["PENDING", "decide", "describe_version", "described", "find", "read_json", "versions"]
