"""Lists the members of analysis_config.json, the type of each value, and the members that are not supported here.

https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-processing-job-configure-analysis.html
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from model_monitor.monitor_error import MonitorError
from model_monitor.near_names import did_you_mean
from model_monitor.predictions.media_types import CSV, JSON, JSON_LINES, PARQUET


class MemberType(NamedTuple):
    """Defines the type of a member's value by a test, and describes it for error messages."""

    fits: Callable[[Any], bool]
    description: str


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and abs(value) <= sys.float_info.max


def _is_value(value: Any) -> bool:
    return isinstance(value, str | bool) or _is_number(value)


def _is_list_of(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and all(map(fits, value))


def _choice(*choices: Any) -> MemberType:
    return MemberType(lambda value: value in choices, f"one of {', '.join(map(str, choices))}")


def _is_string(value: Any) -> bool:
    return isinstance(value, str)


def _is_name(value: Any) -> bool:
    return isinstance(value, str) or (_is_integer(value) and value >= 0)


STRING = MemberType(_is_string, "a string")
NAME = MemberType(_is_name, "a column's name, or its number from 0")
NAMES = MemberType(_is_list_of(_is_name), "a list of columns' names or numbers from 0")
STRINGS = MemberType(_is_list_of(_is_string), "a list of strings")
VALUES = MemberType(_is_list_of(_is_value), "a list of values, or of one threshold")
NUMBER = MemberType(_is_number, "a number")


def _count(most: int) -> MemberType:
    return MemberType(lambda value: _is_integer(value) and 0 < value <= most, f"a whole number from 1 to {most}")


COUNT = _count(1_000_000)
SEED = MemberType(lambda value: _is_integer(value) and 0 <= value < 1 << 32, "a whole number from 0 to 4294967295")
FLAG = MemberType(lambda value: isinstance(value, bool), "true or false")
OBJECT = MemberType(lambda value: isinstance(value, dict), "an object")
LOCATION = MemberType(_is_name, "a column's number from 0, or a JMESPath expression")
METRICS = MemberType(lambda value: value == "all" or _is_list_of(_is_string)(value), '"all", or a list of metrics')
BASELINE = MemberType(
    lambda value: isinstance(value, str) or (_is_list_of(lambda row: isinstance(row, list | dict))(value) and value),
    "a list of rows, or the URI of a file of them",
)
LABELS = MemberType(_is_list_of(_is_value), "a list of labels")
FACETS = MemberType(lambda value: _is_list_of(OBJECT.fits)(value) and bool(value), "a list of objects")

ANALYSIS = {
    "version": _choice("1.0"),
    "dataset_type": _choice(CSV, JSON_LINES, PARQUET),
    "headers": STRINGS,
    "label": NAME,
    "predicted_label": NAME,
    "features": STRING,
    "label_values_or_threshold": VALUES,
    "probability_threshold": NUMBER,
    "facet": FACETS,
    "group_variable": NAME,
    "excluded_columns": NAMES,
    "joinsource_name_or_index": NAME,
    "methods": OBJECT,
    "predictor": OBJECT,
}
FACET = {"name_or_index": NAME, "value_or_threshold": VALUES}
BIAS = {"methods": METRICS}
SHAP = {
    "baseline": BASELINE,
    "num_clusters": COUNT,
    "num_samples": COUNT,
    "agg_method": _choice("mean_abs", "median", "mean_sq"),
    "use_logit": FLAG,
    "save_local_shap_values": FLAG,
    "seed": SEED,
}
PDP = {"features": NAMES, "grid_resolution": _count(10_000), "top_k_features": COUNT}
METHODS = {
    "pre_training_bias": BIAS,
    "post_training_bias": BIAS,
    "shap": SHAP,
    "pdp": PDP,
    "report": {"name": STRING, "title": STRING},
}
PREDICTOR = {
    "model_name": STRING,
    "endpoint_name": STRING,
    "endpoint_name_prefix": STRING,
    "initial_instance_count": COUNT,
    "instance_type": STRING,
    "accelerator_type": STRING,
    "content_type": _choice(CSV, JSON_LINES, JSON),
    "accept_type": _choice(CSV, JSON_LINES, JSON),
    "content_template": STRING,
    "record_template": STRING,
    "label": LOCATION,
    "probability": LOCATION,
    "label_headers": LABELS,
}
#: Members that Clarify supports, but this implementation does not.
UNSUPPORTED_MEMBERS = {
    "dataset_uri", "predicted_label_dataset_uri", "predicted_label_headers", "facet_dataset_uri", "facet_headers",
    "segment_config", "time_series_data_config", "asymmetric_shapley_value", "text_config", "image_config",
    "features_to_explain", "target_model", "custom_attributes", "time_series_predictor_config",
}  # fmt: skip


def check_members(content: Any, known_members: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Return ``content``, an object, if its members are known and their values have the right types.

    Raises:
        MonitorError: a member is unknown, and the message suggests a known one; or its value has another type.
    """
    if not isinstance(content, dict):
        raise MonitorError(f"{where} must be an object; it is {content!r:.60}")
    for name, value in content.items():
        if name in UNSUPPORTED_MEMBERS:
            raise MonitorError(f"{where}: {name} is not supported here; leave it out")
        if name not in known_members:
            hint = did_you_mean(name, known_members)
            raise MonitorError(f"{where} has no member {name!r}{hint} (there are: {', '.join(known_members)})")
        member_type = known_members[name]
        if isinstance(member_type, MemberType) and not member_type.fits(value):
            raise MonitorError(f"{where}: {name} is {value!r:.60}; it must be {member_type.description}")
    return content
