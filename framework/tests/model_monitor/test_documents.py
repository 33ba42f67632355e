"""Tests that JSON is formatted as by Jackson and Java."""

from __future__ import annotations

import math

from model_monitor import documents

import pytest


@pytest.mark.parametrize(
    ("value", "text"),
    [  # the output of Java 17's Double.toString
        (0.0, "0.0"), (-0.0, "-0.0"), (1.0, "1.0"), (-5.0, "-5.0"), (100.0, "100.0"), (0.001, "0.001"),
        (9.999e-4, "9.999E-4"), (8.080858763541535e-4, "8.080858763541535E-4"), (9999999.0, "9999999.0"),
        (1e7, "1.0E7"), (1.44e10, "1.44E10"), (1234567.5, "1234567.5"), (1e22, "1.0E22"), (1e-310, "1.0E-310"),
        (9.007199254740994e15, "9.007199254740994E15"), (7.72005822680601e16, "7.7200582268060096E16"),
        (1.678446782540202e17, "1.67844678254020192E17"), (2.660182421295292e18, "2.6601824212952919E18"),
        (1.7976931348623157e308, "1.7976931348623157E308"),
        (math.nan, "NaN"), (math.inf, "Infinity"), (-math.inf, "-Infinity"),
    ],
)  # fmt: skip
def test_doubles_are_formatted_as_by_java(value, text):
    assert documents.java_double(value) == text


def test_a_document_is_formatted_as_by_jackson():
    document = {
        "a": [],
        "b": {},
        "c": [{"d": 1, "e": True}, {"f": None}],
        "g": [[1.0, 2.0], []],
        "h": 'ü"\n',
        "i": math.nan,
    }

    assert documents.text(document) == "\n".join(
        [
            "{",
            '  "a" : [ ],',
            '  "b" : { },',
            '  "c" : [ {',
            '    "d" : 1,',
            '    "e" : true',
            "  }, {",
            '    "f" : null',
            "  } ],",
            '  "g" : [ [ 1.0, 2.0 ], [ ] ],',
            '  "h" : "ü\\"\\n",',
            '  "i" : "NaN"',
            "}",
        ]
    )
