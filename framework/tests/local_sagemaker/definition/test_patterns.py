"""The patterns of the API's model are matched as Java matches them."""

from __future__ import annotations

from local_sagemaker.definition.patterns import matches

import pytest

TAG = r"([\p{L}\p{Z}\p{N}_.:/=+\-@]*)"
DESCRIPTION = r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+"


@pytest.mark.parametrize(
    ("pattern", "text", "is_match"),
    [
        (TAG, "a 1_.:/=+-@", True),
        (TAG, "é ü 中 ٣", True),
        (TAG, "", True),
        (TAG, "a!", False),
        (TAG, "a\tb", False),
        (TAG, "😀", False),
        (DESCRIPTION, "é!😀", True),
        (DESCRIPTION, "a b", False),
        (DESCRIPTION, "", False),
        (r"arn:[\p{Alnum}\-]+:x", "arn:aws-cn:x", True),
        (r"arn:[\p{Alnum}\-]+:x", "arn:é:x", False),
        (r"[a-z]{2}", "ab", True),
        (r"[a-z]{2}", "abc", False),
    ],
)
def test_a_text_matches_a_pattern(pattern, text, is_match):
    assert matches(pattern, text) == is_match


def test_a_pattern_that_python_does_not_know_refuses_nothing():
    assert matches(r"[\p{Unknown}]+", "anything")
