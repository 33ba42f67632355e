"""Which events a rule is for: the pattern language of EventBridge.

A pattern has the shape of an event. Where it has a list, the event has to have one of the values, or one that a filter
lets through; of a list in the event one element has to be such. ``$or`` is a list of patterns of which one has to fit.
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
#: What an event has where it has nothing.
ABSENT = object()
Test = Callable[[Any], bool]
_COMPARE = {
    "=": operator.eq, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


def matches(pattern: Mapping[str, Any], event: Mapping[str, Any]) -> bool:
    """Whether an event is one that the pattern is for.

    Args:
        pattern: one that ``read`` has read.
        event: as EventBridge has it: source, detail-type, detail ...
    """
    return all(
        any(matches(one, event) for one in wanted)
        if name == "$or"
        else _fits(wanted, event[name] if isinstance(event, Mapping) and name in event else ABSENT)
        for name, wanted in pattern.items()
    )


def read(text: str) -> dict[str, Any]:
    """A pattern.

    Raises:
        ServiceError: it is none; the message says where.
    """
    try:
        pattern = json.loads(text)
    except ValueError as error:
        raise _invalid(f"it is no JSON: {error}") from None
    if not isinstance(pattern, dict) or not pattern:
        raise _invalid("it is no object with members")
    _check(pattern, "")
    return pattern


def _fits(wanted: Any, found: Any) -> bool:
    if isinstance(wanted, Mapping):
        return any(matches(wanted, one) for one in (found if isinstance(found, list) else [found]))
    values = (found or [ABSENT]) if isinstance(found, list) else [found]
    return any(_test(one)(value) for one in wanted for value in values)


def _check(pattern: Any, where: str) -> None:
    """Read a pattern through, filters too."""
    for name, wanted in pattern.items():
        place = f"{where}.{name}".lstrip(".")
        match wanted:
            case dict() if wanted and name != "$or":
                _check(wanted, place)
            case [dict(), dict(), *others] if name == "$or" and all(isinstance(one, dict) for one in others):
                for number, one in enumerate(wanted):
                    _check(one, f"{place}[{number}]")
            case [_, *_] if name != "$or":
                for one in wanted:
                    _filter(one, place)
            case _:
                needed = (
                    "a list of patterns, two at least" if name == "$or" else "an object or a list that is not empty"
                )
                raise _invalid(f"{place} is {json.dumps(wanted)[:80]}, and has to be {needed}")


def _filter(one: Any, place: str) -> Test:
    try:
        return _test(one)
    except (TypeError, ValueError, KeyError, AttributeError):
        raise _invalid(
            f"{place}: {json.dumps(one)[:80]} is no value and no filter; filters: {', '.join(EVENT_FILTERS)}"
        ) from None


def _test(wanted: Any) -> Test:
    """How a value is looked at."""
    if isinstance(wanted, Mapping):
        ((name, argument),) = wanted.items()
        return EVENT_FILTERS[name](argument)
    if isinstance(wanted, list):
        raise TypeError
    return lambda value: _equal(value, wanted)


def _equal(value: Any, wanted: Any) -> bool:
    """The same, and of the same type: true is not 1."""
    return bool(value == wanted) and isinstance(value, bool) == isinstance(wanted, bool)


def _text(test: Callable[[str], bool]) -> Test:
    return lambda value: isinstance(value, str) and test(value)


def _end(at: Callable[[str, str], bool]) -> Callable[[Any], Test]:
    """What looks at one end of a text, maybe in whatever case."""

    def of(argument: Any) -> Test:
        if isinstance(argument, Mapping):
            lower = argument["equals-ignore-case"].lower()
            return _text(lambda value: at(value.lower(), lower))
        if not isinstance(argument, str):
            raise TypeError
        return _text(lambda value: at(value, argument))

    return of


def _ignore_case(argument: str) -> Test:
    lower = argument.lower()
    return _text(lambda value: value.lower() == lower)


def _wildcard(argument: str) -> Test:
    """``*`` is any text; a backslash takes what follows as it is."""
    if "**" in argument:
        raise ValueError
    parts = re.findall(r"\\(.)|(\*)|(.)", argument, re.DOTALL)
    pattern = re.compile("".join(".*" if star else re.escape(kept or plain) for kept, star, plain in parts), re.DOTALL)
    return _text(lambda value: bool(pattern.fullmatch(value)))


def _anything_but(argument: Any) -> Test:
    if isinstance(argument, Mapping):
        ((name, values),) = argument.items()
        tests = [EVENT_FILTERS[name](one) for one in (values if isinstance(values, list) else [values])]
    else:
        tests = [_test(one) for one in (argument if isinstance(argument, list) else [argument])]
    return lambda value: value is not ABSENT and not any(test(value) for test in tests)


def _numeric(argument: list[Any]) -> Test:
    pairs = [(_COMPARE[sign], float(number)) for sign, number in zip(argument[::2], argument[1::2], strict=True)]
    if not pairs:
        raise ValueError
    return lambda value: (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and all(compare(value, number) for compare, number in pairs)
    )


def _exists(argument: bool) -> Test:
    if not isinstance(argument, bool):
        raise TypeError
    return lambda value: (value is not ABSENT) is argument


def _cidr(argument: str) -> Test:
    network = ipaddress.ip_network(argument)

    def inside(value: str) -> bool:
        try:
            return ipaddress.ip_address(value) in network
        except ValueError:
            return False

    return _text(inside)


#: Name of a filter -> what makes a test of its argument.
EVENT_FILTERS: dict[str, Callable[[Any], Test]] = {
    "prefix": _end(str.startswith),
    "suffix": _end(str.endswith),
    "equals-ignore-case": _ignore_case,
    "wildcard": _wildcard,
    "anything-but": _anything_but,
    "numeric": _numeric,
    "exists": _exists,
    "cidr": _cidr,
}


def _invalid(words: str) -> ServiceError:
    return ServiceError(f"Event pattern is not valid. Reason: {words}", INVALID)
