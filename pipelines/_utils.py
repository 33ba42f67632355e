"""Offer the helpers of AWS's own template under the names that they have there."""

from local_sagemaker.tools.modules import convert_struct, get_pipeline_driver
from local_sagemaker.tools.tags import get_pipeline_custom_tags

__all__ = ["convert_struct", "get_pipeline_custom_tags", "get_pipeline_driver"]
