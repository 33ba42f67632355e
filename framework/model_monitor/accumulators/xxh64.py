"""Compute the XXH64 hashes of a whole column at once, with Spark's seed.

Strings are sorted by how many bytes remain after their 32-byte stripes, so that each step of the algorithm is one
operation on a slice of the column. https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md; the seed is that of
Spark's approx_count_distinct.
"""

from __future__ import annotations

import numpy as np

SEED = 42
_P1, _P2, _P3, _P4, _P5 = (
    np.uint64(p)
    for p in (
        0x9E3779B185EBCA87,
        0xC2B2AE3D27D4EB4F,
        0x165667B19E3779F9,
        0x85EBCA77C2B2AE63,
        0x27D4EB2F165667C5,
    )
)
_STRIPE = 32
_SHORT = (SEED + int(_P5)) % 2**64  # the initial hash of a string that is shorter than a stripe


def hashes(data: np.ndarray, starts: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Return the hash of each string, uint64 of shape (n,).

    Args:
        data: uint8, the bytes of all strings.
        starts: int64 of shape (n,), where each string begins in ``data``.
        lengths: int64 of shape (n,), the length of each string in bytes.
    """
    tail_lengths = (lengths % _STRIPE).astype(np.uint8)
    order = np.argsort(tail_lengths, kind="stable")
    starts, lengths = starts[order], lengths[order]
    hashed = np.full(len(order), _SHORT, np.uint64)
    long = np.flatnonzero(lengths >= _STRIPE)
    if len(long):
        hashed[long] = _hash_stripes(data, starts[long], lengths[long] // _STRIPE)
    hashed += lengths.view(np.uint64)
    bounds = np.concatenate([[0], np.cumsum(np.bincount(tail_lengths, minlength=_STRIPE))])
    for tail in np.flatnonzero(np.diff(bounds)).tolist():
        part = slice(bounds[tail], bounds[tail + 1])
        hashed[part] = _add_tails(data, starts[part] + (lengths[part] - tail), tail, hashed[part])
    result = np.empty_like(hashed)
    result[order] = _avalanche(hashed)
    return result


def _hash_stripes(data: np.ndarray, starts: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return the hash state after the 32-byte stripes of long strings."""
    order = np.argsort(-counts, kind="stable")
    starts, counts = starts[order], counts[order]
    lanes = [np.full(len(order), SEED, np.uint64) for _ in range(4)]
    lanes[0] += _P1
    lanes[0] += _P2
    lanes[1] += _P2
    lanes[3] -= _P1
    for stripe in range(int(counts[0])):
        active = slice(0, int(np.searchsorted(-counts, -stripe, side="left")))
        for number, lane in enumerate(lanes):
            lane[active] = _round(lane[active], _read_words(data, starts[active] + stripe * _STRIPE + number * 8))
    hashed = _rotate(lanes[0], 1) + _rotate(lanes[1], 7) + _rotate(lanes[2], 12) + _rotate(lanes[3], 18)
    for lane in lanes:
        hashed = (hashed ^ _round(np.zeros_like(lane), lane)) * _P1 + _P4
    result = np.empty_like(hashed)
    result[order] = hashed
    return result


def _add_tails(data: np.ndarray, starts: np.ndarray, length: int, hashed: np.ndarray) -> np.ndarray:
    """Add the last ``length`` bytes of each string, fewer than 32: eight at a time, then four, then one at a time."""
    zero = np.uint64(0)
    at = 0
    for _ in range(length // 8):
        hashed = _rotate(hashed ^ _round(zero, _read_words(data, starts + at)), 27) * _P1 + _P4
        at += 8
    if length % 8 >= 4:
        hashed = _rotate(hashed ^ (_read_half_words(data, starts + at) * _P1), 23) * _P2 + _P3
        at += 4
    for _ in range(length % 4):
        hashed = _rotate(hashed ^ (data[starts + at].astype(np.uint64) * _P5), 11) * _P1
        at += 1
    return hashed


def _read_words(data: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Read eight bytes at each position, least significant first."""
    return np.ndarray((max(0, len(data) - 7),), "<u8", data, strides=(1,))[at]


def _read_half_words(data: np.ndarray, at: np.ndarray) -> np.ndarray:
    return np.ndarray((max(0, len(data) - 3),), "<u4", data, strides=(1,))[at].astype(np.uint64)


def _round(lane: np.ndarray | np.uint64, values: np.ndarray) -> np.ndarray:
    return _rotate(lane + values * _P2, 31) * _P1


def _rotate(values: np.ndarray, bits: int) -> np.ndarray:
    return (values << np.uint64(bits)) | (values >> np.uint64(64 - bits))


def _avalanche(hashed: np.ndarray) -> np.ndarray:
    hashed = (hashed ^ (hashed >> np.uint64(33))) * _P2
    hashed = (hashed ^ (hashed >> np.uint64(29))) * _P3
    return hashed ^ (hashed >> np.uint64(32))
