"""``from pipelines import registry``: the versions of a model, and the decision about one."""

from local_sagemaker.tools.service.registry import PENDING, decide, described, find, versions
from local_sagemaker.tools.service.s3 import read_json

__all__ = ["PENDING", "decide", "described", "find", "read_json", "versions"]
