"""Filters and joins: the documented examples and more, as JSON; invalid paths; checks of the settings."""

from __future__ import annotations

import json
import re
from pathlib import Path

from local_sagemaker.batch_transform.data_processing import DataProcessing
from local_sagemaker.batch_transform.json_path import PathError, parse
from local_sagemaker.batch_transform.records import RecordError
from local_sagemaker.batch_transform.rules import request_errors

import pytest

CASES = json.loads(Path(__file__).with_name("cases.json").read_text())


def data_processing(members):
    data = {name: value for name, value in members.items() if name != "ContentType"}
    request = {"TransformInput": {"ContentType": members["ContentType"]}, "TransformOutput": {}, "DataProcessing": data}
    return DataProcessing.of(request)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_filters_and_joins(case):
    processing = data_processing(case["request"])
    if processing is None:  # records pass unchanged
        assert (case["sent"], case["written"]) == (case["record"], case["prediction"])
        return
    try:
        assert processing.prepare(case["record"]) == case["sent"]
        assert processing.combine(case["record"], case["prediction"]) == case["written"]
    except RecordError as error:
        assert str(error) == case["error"]
    else:
        assert "error" not in case


@pytest.mark.parametrize(
    "text",
    ["features", "$features", "$[", "$[1", "$['a]", "$[a]", "$..a", "$[?(@.a)]", "$[,]", "$.a.", "$['a',1]", "$[]"],
)
def test_an_invalid_path_is_reported(text):
    with pytest.raises(PathError, match=re.escape(repr(text))):
        parse(text)


def request(**members):
    return {
        "TransformInput": {"ContentType": "text/csv", "SplitType": "Line"},
        "TransformOutput": {"Accept": "text/csv", "AssembleWith": "Line"},
    } | members


@pytest.mark.parametrize(
    ("members", "problem"),
    [
        (request(), None),
        (request(DataProcessing={"JoinSource": "Input"}), None),
        (request(DataProcessing={"InputFilter": {"Get": "Parameters.Filter"}}), None),
        (
            request(
                DataProcessing={"JoinSource": "Input"},
                TransformInput={"ContentType": {"Get": "Parameters.Type"}, "SplitType": "Line"},
            ),
            None,
        ),
        (request(DataProcessing={"InputFilter": "1:"}), "InputFilter: the filter '1:' must begin with $"),
        (
            request(DataProcessing={"JoinSource": "Input"}, TransformOutput={"Accept": "application/json"}),
            "JoinSource Input needs one format: ContentType is text/csv, Accept is application/json",
        ),
        (
            request(DataProcessing={"JoinSource": "Input"}, TransformOutput={"Accept": "text/csv"}),
            "JoinSource Input needs AssembleWith to equal SplitType; they are None and Line",
        ),
        (
            request(TransformInput={"ContentType": "image/png"}, DataProcessing={"OutputFilter": "$[0]"}),
            "filters and joins need ContentType text/csv, application/json, application/jsonlines; it is image/png",
        ),
        (
            request(DataCaptureConfig={"GenerateInferenceId": True}, TransformOutput={"Accept": "image/png"}),
            "GenerateInferenceId needs an Accept of text/csv, application/json, application/jsonlines; it is image/png",
        ),
        (
            request(MaxConcurrentTransforms=20, MaxPayloadInMB=6),
            "MaxConcurrentTransforms times MaxPayloadInMB is 120 MB; it must be at most 100",
        ),
    ],
)
def test_contradictory_settings_are_reported(members, problem):
    assert next(request_errors(members), None) == problem
