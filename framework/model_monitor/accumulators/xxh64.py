"""XXH64 with Spark's seed, of a whole column at once.

Texts are sorted by how many bytes they leave after their 32-byte stripes, so that each step of the algorithm is one
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
_SHORT = (SEED + int(_P5)) % 2**64  # what a text of less than a stripe begins with


def hashes(data: np.ndarray, starts: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """The hash of each text, uint64 of shape (n,).

    Args:
        data: uint8, the bytes of all texts.
        starts: int64 of shape (n,), where each text begins in ``data``.
        lengths: int64 of shape (n,), bytes.
    """
    rests = (lengths % _STRIPE).astype(np.uint8)
    order = np.argsort(rests, kind="stable")
    starts, lengths = starts[order], lengths[order]
    state = np.full(len(order), _SHORT, np.uint64)
    long = np.flatnonzero(lengths >= _STRIPE)
    if len(long):
        state[long] = _stripes(data, starts[long], lengths[long] // _STRIPE)
    state += lengths.view(np.uint64)
    bounds = np.concatenate([[0], np.cumsum(np.bincount(rests, minlength=_STRIPE))])
    for rest in np.flatnonzero(np.diff(bounds)).tolist():
        part = slice(bounds[rest], bounds[rest + 1])
        state[part] = _rest(data, starts[part] + (lengths[part] - rest), rest, state[part])
    result = np.empty_like(state)
    result[order] = _avalanche(state)
    return result


def _stripes(data: np.ndarray, starts: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """What the 32-byte stripes of long texts come to."""
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
            lane[active] = _round(lane[active], _words(data, starts[active] + stripe * _STRIPE + number * 8))
    state = _rotated(lanes[0], 1) + _rotated(lanes[1], 7) + _rotated(lanes[2], 12) + _rotated(lanes[3], 18)
    for lane in lanes:
        state = (state ^ _round(np.zeros_like(lane), lane)) * _P1 + _P4
    result = np.empty_like(state)
    result[order] = state
    return result


def _rest(data: np.ndarray, starts: np.ndarray, length: int, state: np.ndarray) -> np.ndarray:
    """The last ``length`` < 32 bytes of each text: words of eight, one of four, single ones."""
    zero = np.uint64(0)
    at = 0
    for _ in range(length // 8):
        state = _rotated(state ^ _round(zero, _words(data, starts + at)), 27) * _P1 + _P4
        at += 8
    if length % 8 >= 4:
        state = _rotated(state ^ (_half_words(data, starts + at) * _P1), 23) * _P2 + _P3
        at += 4
    for _ in range(length % 4):
        state = _rotated(state ^ (data[starts + at].astype(np.uint64) * _P5), 11) * _P1
        at += 1
    return state


def _words(data: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Eight bytes at each place, least significant first."""
    return np.ndarray((max(0, len(data) - 7),), "<u8", data, strides=(1,))[at]


def _half_words(data: np.ndarray, at: np.ndarray) -> np.ndarray:
    return np.ndarray((max(0, len(data) - 3),), "<u4", data, strides=(1,))[at].astype(np.uint64)


def _round(lane: np.ndarray | np.uint64, words: np.ndarray) -> np.ndarray:
    return _rotated(lane + words * _P2, 31) * _P1


def _rotated(values: np.ndarray, bits: int) -> np.ndarray:
    return (values << np.uint64(bits)) | (values >> np.uint64(64 - bits))


def _avalanche(state: np.ndarray) -> np.ndarray:
    state = (state ^ (state >> np.uint64(33))) * _P2
    state = (state ^ (state >> np.uint64(29))) * _P3
    return state ^ (state >> np.uint64(32))
