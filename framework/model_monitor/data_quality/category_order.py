"""Order categories as AWS's analyzer lists them: like Scala 2.12's immutable maps.

More than four entries are a hash trie, walked by five bits of the hash at a time from the lowest. Up to four stay in
their order, which comes from a larger trie whose keys are (column, value) pairs. The hashes are Java's of a string, and
MurmurHash3 of a pair (https://github.com/aappleby/smhasher). Verified for columns of 1, 3, 4, 5, 54 and 83 values.
"""

from __future__ import annotations

from collections.abc import Iterable

SMALL_MAP = 4
_MASK = 0xFFFFFFFF
_PRODUCT_SEED = 0xCAFEBABE


def order_categories(column: str, values: Iterable[str]) -> list[str]:
    """Return the values of a column in the order in which the analyzer lists them."""
    strings = sorted(values)
    if len(strings) > SMALL_MAP:
        return sorted(strings, key=lambda string: _trie_path(_string_hash(string)))
    return sorted(strings, key=lambda string: _trie_path(_pair_hash(_string_hash(column), _string_hash(string))))


def _string_hash(string: str) -> int:
    """Return Java's ``String.hashCode``."""
    units = string.encode("utf-16-le", errors="surrogatepass")
    result = 0
    for low, high in zip(units[::2], units[1::2], strict=True):
        result = (31 * result + (low | high << 8)) & _MASK
    return result


def _pair_hash(first: int, second: int) -> int:
    hashed = _mix(_mix(_PRODUCT_SEED, first), second) ^ 2
    hashed = (hashed ^ hashed >> 16) * 0x85EBCA6B & _MASK
    hashed = (hashed ^ hashed >> 13) * 0xC2B2AE35 & _MASK
    return hashed ^ hashed >> 16


def _mix(hashed: int, value: int) -> int:
    value = value * 0xCC9E2D51 & _MASK
    value = _rotate(value, 15) * 0x1B873593 & _MASK
    return (_rotate(hashed ^ value, 13) * 5 + 0xE6546B64) & _MASK


def _rotate(value: int, bits: int) -> int:
    return (value << bits | value >> (32 - bits)) & _MASK


def _trie_path(code: int) -> tuple[int, ...]:
    """Return the path to an entry of the trie; its hash is improved first, as Scala does."""
    code = (code + ~(code << 9)) & _MASK
    code ^= code >> 14
    code = (code + (code << 4)) & _MASK
    code ^= code >> 10
    return tuple(code >> shift & 31 for shift in range(0, 35, 5))
