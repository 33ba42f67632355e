"""Formats JSON as AWS's analyzer does: Jackson's pretty printer, Java's doubles. Equal values give equal bytes."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

_LOG10_OF_2 = math.log10(2)


def text(document: Any) -> str:
    """Return a document as text: two spaces per level, ``"key" : value``, arrays on one line, no newline at the end."""
    return _format(document, "\n")


def _format(value: Any, line: str) -> str:
    match value:
        case Mapping():
            inner = line + "  "
            members = [f"{inner}{_quote(str(k))} : {_format(v, inner)}" for k, v in value.items()]
            return "{" + ",".join(members) + line + "}" if members else "{ }"
        case str():
            return _quote(value)
        case Sequence():
            return f"[ {', '.join(_format(v, line) for v in value)} ]" if value else "[ ]"
        case float() if not math.isfinite(value):
            return _quote(java_double(value))
        case float():
            return java_double(value)
    return json.dumps(value)


def _quote(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def java_double(value: float) -> str:
    """Format a double as ``Double.toString`` of Java 8 to 18 does: ``1.0``, ``8.080858763541535E-4``, ``1.44E10``.

    These are the shortest digits that read back as the same number. Java prints some whole numbers from 2**53 to 2**63
    with one digit more, as is done here; above that it has rare exceptions (1 in 4,000), which are not copied here.
    """
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    sign = "-" if math.copysign(1, value) < 0 else ""
    digits, exponent = _digits(abs(value))
    if not value or 1e-3 <= abs(value) < 1e7:
        return sign + _plain(digits, exponent)
    return f"{sign}{digits[0]}.{digits[1:] or '0'}E{exponent}"


def _digits(value: float) -> tuple[str, int]:
    """Return the significant digits, and the power of ten of the first one."""
    if 2.0**53 <= value < 2.0**63:
        return _whole_digits(int(value))
    mantissa, _, exponent = f"{value!r}".partition("e")
    before, _, after = mantissa.partition(".")
    digits = (before + after).lstrip("0")
    first = len(before) - 1 - (len(before + after) - len(digits)) + int(exponent or 0)
    return digits.rstrip("0") or "0", first if digits else 0


def _whole_digits(value: int) -> tuple[str, int]:
    """Round like Java, which drops as many decimal digits as the number's trailing binary zeros make insignificant."""
    insignificant = max(0, int((value.bit_length() - 55) * _LOG10_OF_2))
    unit: int = 10**insignificant
    rounded = (value + unit // 2) // unit * unit
    return str(rounded).rstrip("0"), len(str(rounded)) - 1


def _plain(digits: str, exponent: int) -> str:
    if exponent < 0:
        return f"0.{'0' * (-exponent - 1)}{digits}"
    return f"{digits[: exponent + 1].ljust(exponent + 1, '0')}.{digits[exponent + 1 :] or '0'}"
