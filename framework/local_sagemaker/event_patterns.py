"""Implements the pattern language of EventBridge, by which a rule selects events.

A pattern has the shape of an event. Where the pattern has a list, the event must have one of the list's values, or a
value that one of its filters accepts; if the event has a list there, one of its elements must match. ``$or`` is a list
of patterns of which one must match.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
"""

from __future__ import annotations

import ipaddress
import json
import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

from local_sagemaker.errors import ServiceError

INVALID = "InvalidEventPatternException"
#: Stands for the value of a member that an event does not have.
ABSENT = object()
ValueTest = Callable[[Any], bool]
_COMPARISONS = {
    "=": operator.eq, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


def matches(pattern: Mapping[str, Any], event: Mapping[str, Any]) -> bool:
    """Return whether an event matches a pattern.

    Args:
        pattern: a pattern that ``parse_pattern`` returned.
        event: an event as EventBridge sends it: source, detail-type, detail ...
    """
    return all(
        any(matches(alternative, event) for alternative in expected)
        if name == "$or"
        else _value_matches(expected, event[name] if isinstance(event, Mapping) and name in event else ABSENT)
        for name, expected in pattern.items()
    )


def parse_pattern(text: str) -> dict[str, Any]:
    """Parse and check the JSON text of a pattern.

    Raises:
        ServiceError: if the pattern is not valid; the message says where.
    """
    try:
        pattern = json.loads(text)
    except ValueError as error:
        raise _pattern_error(f"it is not JSON: {error}") from None
    if not isinstance(pattern, dict) or not pattern:
        raise _pattern_error("it is not an object with members")
    _check(pattern, "")
    return pattern


def _value_matches(expected: Any, value: Any) -> bool:
    if isinstance(expected, Mapping):
        return any(matches(expected, element) for element in (value if isinstance(value, list) else [value]))
    elements = (value or [ABSENT]) if isinstance(value, list) else [value]
    return any(_make_test(alternative)(element) for alternative in expected for element in elements)


def _check(pattern: Any, path: str) -> None:
    """Raise ServiceError unless every member of the pattern, filters included, is valid."""
    for name, expected in pattern.items():
        member = f"{path}.{name}".lstrip(".")
        match expected:
            case dict() if expected and name != "$or":
                _check(expected, member)
            case [dict(), dict(), *more] if name == "$or" and all(
                isinstance(alternative, dict) for alternative in more
            ):
                for number, alternative in enumerate(expected):
                    _check(alternative, f"{member}[{number}]")
            case [_, *_] if name != "$or":
                for value in expected:
                    _check_value(value, member)
            case _:
                needed = "a list of at least two patterns" if name == "$or" else "an object or a list that is not empty"
                raise _pattern_error(f"{member} is {json.dumps(expected)[:80]}; it must be {needed}")


def _check_value(value: Any, member: str) -> ValueTest:
    try:
        return _make_test(value)
    except (TypeError, ValueError, KeyError, AttributeError):
        raise _pattern_error(
            f"{member}: {json.dumps(value)[:80]} is neither a value nor a filter; filters: {', '.join(EVENT_FILTERS)}"
        ) from None


def _make_test(expected: Any) -> ValueTest:
    """Return the test that a pattern's value or filter stands for."""
    if isinstance(expected, Mapping):
        ((name, argument),) = expected.items()
        return EVENT_FILTERS[name](argument)
    if isinstance(expected, list):
        raise TypeError
    return lambda value: _equal(value, expected)


def _equal(value: Any, expected: Any) -> bool:
    """Return whether two values are equal and of the same type: true is not 1."""
    return bool(value == expected) and isinstance(value, bool) == isinstance(expected, bool)


def _string_test(test: Callable[[str], bool]) -> ValueTest:
    return lambda value: isinstance(value, str) and test(value)


def _end_filter(at: Callable[[str, str], bool]) -> Callable[[Any], ValueTest]:
    """Return a function that makes a test of one end of a string; the filter may ask to ignore case."""

    def make_test(argument: Any) -> ValueTest:
        if isinstance(argument, Mapping):
            lower = argument["equals-ignore-case"].lower()
            return _string_test(lambda value: at(value.lower(), lower))
        if not isinstance(argument, str):
            raise TypeError
        return _string_test(lambda value: at(value, argument))

    return make_test


def _ignore_case(argument: str) -> ValueTest:
    lower = argument.lower()
    return _string_test(lambda value: value.lower() == lower)


def _wildcard(argument: str) -> ValueTest:
    """Return a test in which ``*`` matches any text, and a backslash escapes the next character."""
    if "**" in argument:
        raise ValueError
    parts = re.findall(r"\\(.)|(\*)|(.)", argument, re.DOTALL)
    pattern = re.compile(
        "".join(".*" if star else re.escape(escaped or plain) for escaped, star, plain in parts), re.DOTALL
    )
    return _string_test(lambda value: bool(pattern.fullmatch(value)))


def _anything_but(argument: Any) -> ValueTest:
    if isinstance(argument, Mapping):
        ((name, values),) = argument.items()
        tests = [EVENT_FILTERS[name](value) for value in (values if isinstance(values, list) else [values])]
    else:
        tests = [_make_test(value) for value in (argument if isinstance(argument, list) else [argument])]
    return lambda value: value is not ABSENT and not any(test(value) for test in tests)


def _numeric(argument: list[Any]) -> ValueTest:
    pairs = [(_COMPARISONS[sign], float(number)) for sign, number in zip(argument[::2], argument[1::2], strict=True)]
    if not pairs:
        raise ValueError
    return lambda value: (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and all(compare(value, number) for compare, number in pairs)
    )


def _exists(argument: bool) -> ValueTest:
    if not isinstance(argument, bool):
        raise TypeError
    return lambda value: (value is not ABSENT) is argument


def _cidr(argument: str) -> ValueTest:
    network = ipaddress.ip_network(argument)

    def inside(value: str) -> bool:
        try:
            return ipaddress.ip_address(value) in network
        except ValueError:
            return False

    return _string_test(inside)


#: Name of a filter -> the function that makes a test from the filter's argument.
EVENT_FILTERS: dict[str, Callable[[Any], ValueTest]] = {
    "prefix": _end_filter(str.startswith),
    "suffix": _end_filter(str.endswith),
    "equals-ignore-case": _ignore_case,
    "wildcard": _wildcard,
    "anything-but": _anything_but,
    "numeric": _numeric,
    "exists": _exists,
    "cidr": _cidr,
}


def _pattern_error(reason: str) -> ServiceError:
    return ServiceError(f"Event pattern is not valid. Reason: {reason}", INVALID)
