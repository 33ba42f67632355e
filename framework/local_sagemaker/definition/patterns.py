"""Match the patterns of the API's model, which are Java's: ``\\p{L}`` and its like name categories of Unicode.

Python's ``re`` does not know these. A character beyond ASCII is replaced by one that stands for its category, in the
text and in the pattern, so that both can be compared without lists of a hundred thousand characters.
"""

from __future__ import annotations

import re
import string
import unicodedata
from functools import cache

#: Category -> the character, of a private area of Unicode, that stands for all its characters beyond ASCII.
_STAND_INS = {category: chr(0xE000 + number) for number, category in enumerate("LMNPSZC")}
_CATEGORY = re.compile(r"\\p\{(\w+)\}")


def matches(pattern: str, text: str) -> bool:
    """Return whether a whole text matches; also if Python cannot compile the pattern, so that nothing is refused."""
    compiled = _compile(pattern)
    if compiled is None:
        return True
    has_categories = _CATEGORY.search(pattern) is not None
    return compiled.fullmatch(_replace_by_category(text) if has_categories else text) is not None


def _replace_by_category(text: str) -> str:
    return "".join(char if char.isascii() else _STAND_INS[unicodedata.category(char)[0]] for char in text)


@cache
def _compile(pattern: str) -> re.Pattern[str] | None:
    try:
        return re.compile(_CATEGORY.sub(lambda match: _members(match[1]), pattern))
    except (re.error, KeyError):
        return None


@cache
def _members(category: str) -> str:
    """Return what a category stands for inside brackets: its ASCII characters, and its stand-in."""
    if category == "Alnum":  # of ASCII alone
        return re.escape(string.ascii_letters + string.digits)
    ascii_members = (char for char in map(chr, range(128)) if unicodedata.category(char)[0] == category)
    return re.escape("".join(ascii_members)) + _STAND_INS[category]
