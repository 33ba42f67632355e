"""Each statistic against what deequ, Spark and Java compute, and against itself in pieces."""

from __future__ import annotations

import math
import random

from model_monitor.accumulators.hyperloglog import HyperLogLog
from model_monitor.accumulators.kll import CAPACITIES, Kll
from model_monitor.accumulators.moments import Moments
from model_monitor.accumulators.value_types import TYPE_NAMES, Texts, numbers, value_types
from model_monitor.accumulators.xxh64 import hashes

import numpy as np
import pyarrow as pa
import pytest


def hashes_of(values):
    texts = Texts.of(pa.array(values, pa.string()))
    return hashes(texts.data, texts.starts, texts.lengths)


def estimate(values):
    state = HyperLogLog()
    state.update(hashes_of(values))
    return state.finish()


@pytest.mark.parametrize(
    ("text", "expected"),
    [  # of the xxhash library, seed 42
        ("", 0x98B1582B0977E704),
        ("a", 0x88E4FE59ADF7B0CC),
        ("abcd", 0xA17B5EB5DC364DFF),
        ("0.12345678", 0xE291A10ADE41CBE5),
        ("x" * 32, 0x1209BCC9FA7C79F8),
        ("the quick brown fox jumps over the lazy dog, and the dog does not care", 0x87C21324B9B7A7F6),
        ("öäü" * 20, 0x9C94E66B09848475),
    ],
)
def test_hashes_are_those_of_xxh64(text, expected):
    assert int(hashes_of([text])[0]) == expected


def test_texts_of_all_lengths_are_hashed_each_for_itself():
    rng = random.Random(0)
    texts = ["".join(rng.choices("abcdef0123456789", k=length)) for length in range(150)] * 2

    assert hashes_of(texts).tolist() == [int(hashes_of([text])[0]) for text in texts]


@pytest.mark.parametrize(
    ("count", "expected"),
    [  # of Spark's approx_count_distinct('v' || id, 0.05)
        (1, 1), (2, 2), (10, 10), (54, 54), (100, 99), (119, 120), (120, 120), (121, 121), (130, 133), (200, 201),
        (300, 300), (380, 371), (400, 397), (1500, 1522), (2000, 2017), (2500, 2498), (3000, 2908), (5000, 4835),
        (10_000, 9585), (24_000, 23_522), (100_000, 102_048), (1_000_000, 960_871),
    ],
)  # fmt: skip
def test_distinct_values_are_estimated_as_by_spark(count, expected):
    assert estimate([f"v{number}" for number in range(count)]) == expected


def test_floating_point_numbers_are_hashed_as_by_spark():
    data = (np.arange(5000) * 0.37).view(np.uint8)
    state = HyperLogLog()

    state.update(hashes(data, np.arange(0, len(data), 8), np.full(5000, 8)))

    assert state.finish() == 4897


def test_an_estimate_in_pieces_is_that_of_the_whole():
    values = [str(number) for number in range(7000)]
    merged = HyperLogLog()
    for part in range(8):
        state = HyperLogLog()
        state.update(hashes_of(values[part::8]))
        merged.merge(state)

    assert merged.finish() == estimate(values)


def one_by_one(values):
    """deequ's sketch, an item at a time."""
    levels, compactions, offsets = [[]], [0], [0]
    for value in values:
        levels[0].append(value)
        if sum(map(len, levels)) <= sum(CAPACITIES[: len(levels)]):
            continue
        full = next(n for n, level in enumerate(levels) if len(level) >= CAPACITIES[n])
        if full + 1 == len(levels):
            levels.append([])
            compactions.append(0)
            offsets.append(0)
        if compactions[full] % 2 == 1:
            offsets[full] = 1 - offsets[full]
        even = len(levels[full]) // 2 * 2
        levels[full + 1] += sorted(levels[full][:even])[offsets[full] :: 2]
        levels[full] = levels[full][even:]
        compactions[full] += 1
    return levels


def test_capacities_are_deequs():
    assert CAPACITIES[:3] == [2050, 1314, 842]


@pytest.mark.parametrize("count", [0, 1, 2050, 2051, 3365, 20_001])
def test_a_sketch_of_chunks_is_that_of_single_values(count):
    values = np.random.default_rng(count).normal(size=count)
    sketch = Kll()
    for start in range(0, count, 777):
        sketch.update(values[start : start + 777])

    assert [level.tolist() for level in sketch.finish()] == one_by_one(values.tolist())


def test_a_merged_sketch_stands_for_as_many_values_and_keeps_their_quantiles():
    values = np.random.default_rng(1).gamma(2.0, 10.0, 50_000)
    merged = Kll()
    for part in np.array_split(values, 5):
        sketch = Kll()
        sketch.update(part)
        merged.merge(sketch)

    levels = merged.finish()
    assert sum(len(level) << number for number, level in enumerate(levels)) == len(values)
    weighted = sorted((item, 1 << n) for n, level in enumerate(levels) for item in level.tolist())
    below = sum(weight for item, weight in weighted if item <= np.median(values))
    assert abs(below / len(values) - 0.5) < 0.005
    assert all(len(level) < CAPACITIES[n] for n, level in enumerate(levels[:-1]))


def moments_of(values, one_by_one=True):
    state = Moments()
    state.update(np.array(values, float), one_by_one)
    return state


def test_moments_are_sparks_to_the_last_digit():
    rng = random.Random(5)
    values = [round(rng.gauss(0, 100), 3) for _ in range(1000)]

    found = moments_of(values)

    assert found.sum == -2602.066999999998
    assert found.sum / found.count == -2.602066999999998
    assert found.deviation == 99.90466819200444


def test_the_deviation_of_integers_is_sparks():
    assert moments_of(range(0, 3000, 7)).deviation == 866.8890740265831


def test_moments_in_larger_steps_and_in_pieces_differ_in_the_last_digits_only():
    values = np.random.default_rng(2).normal(1e6, 3.0, 30_000)
    merged = Moments()
    for part in np.array_split(values, 8):
        merged.merge(moments_of(part))

    for found in (merged, moments_of(values, one_by_one=False), moments_of(values)):
        assert found.count == len(values)
        assert (found.min, found.max) == (values.min(), values.max())
        assert math.isclose(found.deviation, values.std(), rel_tol=1e-9)
        assert math.isclose(found.sum, values.sum(), rel_tol=1e-12)


def test_a_sum_of_long_integers_is_exact():
    state = Moments()
    state.update_whole(np.array([2**62, 2**62, 5]))
    state.update_whole(np.array([2**70, 1], object))

    assert state.whole == 2**63 + 5 + 2**70 + 1


INTEGRAL, FRACTIONAL, BOOLEAN, STRING = TYPE_NAMES


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("0", INTEGRAL), ("-12", INTEGRAL), ("+7", INTEGRAL), ("- 3", INTEGRAL), (" 3", INTEGRAL), ("007", INTEGRAL),
        ("1.5", FRACTIONAL), ("-0.25", FRACTIONAL), ("1e5", FRACTIONAL), ("1.5E-3", FRACTIONAL), ("+1.0", FRACTIONAL),
        ("true", BOOLEAN), ("false", BOOLEAN), ("True", STRING), ("", STRING), ("-", STRING), (".5", STRING),
        ("5.", STRING), ("1.2.3", STRING), ("1-2", STRING), ("--1", STRING), ("1e", STRING), ("NaN", STRING),
        ("inf", STRING), ("1,5", STRING), ("1 ", STRING), ("٣", STRING), ("0x1F", STRING), ("-.5", STRING),
        ("-5.", STRING),
    ],
)  # fmt: skip
def test_a_texts_kind_is_deequs(text, kind):
    for others in ([], ["12"], ["1.5", "3"], ["x"]):  # whatever else is in its column
        found = value_types(Texts.of(pa.array([*others, text])))

        assert TYPE_NAMES[found[-1]] == kind


def test_kinds_of_a_slice_are_its_own():
    column = pa.array(["x", "1", "2.5", "3"]).slice(1, 2)

    assert [TYPE_NAMES[kind] for kind in value_types(Texts.of(column))] == [INTEGRAL, FRACTIONAL]


def test_numbers_with_signs_are_read():
    assert numbers(pa.array(["+1.5", "-2", " 3", "1e3"])).tolist() == [1.5, -2.0, 3.0, 1000.0]
