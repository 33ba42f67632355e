"""``from pipelines import registry``: list the versions of a model and decide about one."""

from local_sagemaker.tools.service.registry import PENDING, decide, describe_version, find, versions
from local_sagemaker.tools.service.s3 import read_json

#: The former name; CHANGELOG.md lists all of these.
described = describe_version

__all__ = ["PENDING", "decide", "describe_version", "described", "find", "read_json", "versions"]
