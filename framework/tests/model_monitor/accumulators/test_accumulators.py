"""Compare each statistic with the results of deequ, Spark and Java, and with itself in pieces."""

from __future__ import annotations

import math
import random

from model_monitor.accumulators.hyperloglog import HyperLogLog
from model_monitor.accumulators.kll import CAPACITIES, Kll
from model_monitor.accumulators.moments import Moments
from model_monitor.accumulators.value_types import TYPE_NAMES, StringBytes, numbers, value_types
from model_monitor.accumulators.xxh64 import hashes

import numpy as np
import pyarrow as pa
import pytest


def hashes_of(values):
    strings = StringBytes.from_array(pa.array(values, pa.string()))
    return hashes(strings.data, strings.starts, strings.lengths)


def estimate(values):
    sketch = HyperLogLog()
    sketch.update(hashes_of(values))
    return sketch.finish()


@pytest.mark.parametrize(
    ("text", "expected"),
    [  # results of the xxhash library, seed 42
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


def test_strings_of_all_lengths_are_hashed_independently():
    rng = random.Random(0)
    texts = ["".join(rng.choices("abcdef0123456789", k=length)) for length in range(150)] * 2

    assert hashes_of(texts).tolist() == [int(hashes_of([text])[0]) for text in texts]


@pytest.mark.parametrize(
    ("count", "expected"),
    [  # results of Spark's approx_count_distinct('v' || id, 0.05)
        (1, 1), (2, 2), (10, 10), (54, 54), (100, 99), (119, 120), (120, 120), (121, 121), (130, 133), (200, 201),
        (300, 300), (380, 371), (400, 397), (1500, 1522), (2000, 2017), (2500, 2498), (3000, 2908), (5000, 4835),
        (10_000, 9585), (24_000, 23_522), (100_000, 102_048), (1_000_000, 960_871),
    ],
)  # fmt: skip
def test_distinct_values_are_estimated_like_spark_does(count, expected):
    assert estimate([f"v{number}" for number in range(count)]) == expected


def test_floating_point_numbers_are_hashed_like_spark_does():
    data = (np.arange(5000) * 0.37).view(np.uint8)
    sketch = HyperLogLog()

    sketch.update(hashes(data, np.arange(0, len(data), 8), np.full(5000, 8)))

    assert sketch.finish() == 4897


def test_a_merged_estimate_equals_that_of_all_values():
    values = [str(number) for number in range(7000)]
    merged = HyperLogLog()
    for part in range(8):
        sketch = HyperLogLog()
        sketch.update(hashes_of(values[part::8]))
        merged.merge(sketch)

    assert merged.finish() == estimate(values)


def sketch_one_by_one(values):
    """Return the levels of deequ's sketch, adding an item at a time."""
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
def test_a_sketch_of_chunks_equals_that_of_single_values(count):
    values = np.random.default_rng(count).normal(size=count)
    sketch = Kll()
    for start in range(0, count, 777):
        sketch.update(values[start : start + 777])

    assert [level.tolist() for level in sketch.finish()] == sketch_one_by_one(values.tolist())


def test_a_merged_sketch_represents_all_values_and_their_quantiles():
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
    moments = Moments()
    moments.update(np.array(values, float), one_by_one)
    return moments


def test_moments_are_sparks_to_the_last_digit():
    rng = random.Random(5)
    values = [round(rng.gauss(0, 100), 3) for _ in range(1000)]

    result = moments_of(values)

    assert result.sum == -2602.066999999998
    assert result.sum / result.count == -2.602066999999998
    assert result.deviation == 99.90466819200444


def test_the_deviation_of_integers_is_sparks():
    assert moments_of(range(0, 3000, 7)).deviation == 866.8890740265831


def test_moments_in_larger_steps_or_pieces_differ_only_in_the_last_digits():
    values = np.random.default_rng(2).normal(1e6, 3.0, 30_000)
    merged = Moments()
    for part in np.array_split(values, 8):
        merged.merge(moments_of(part))

    for result in (merged, moments_of(values, one_by_one=False), moments_of(values)):
        assert result.count == len(values)
        assert (result.min, result.max) == (values.min(), values.max())
        assert math.isclose(result.deviation, values.std(), rel_tol=1e-9)
        assert math.isclose(result.sum, values.sum(), rel_tol=1e-12)


def test_a_sum_of_long_integers_is_exact():
    moments = Moments()
    moments.update_integers(np.array([2**62, 2**62, 5]))
    moments.update_integers(np.array([2**70, 1], object))

    assert moments.integer_sum == 2**63 + 5 + 2**70 + 1


INTEGRAL, FRACTIONAL, BOOLEAN, STRING = TYPE_NAMES


@pytest.mark.parametrize(
    ("text", "type_name"),
    [
        ("0", INTEGRAL), ("-12", INTEGRAL), ("+7", INTEGRAL), ("- 3", INTEGRAL), (" 3", INTEGRAL), ("007", INTEGRAL),
        ("1.5", FRACTIONAL), ("-0.25", FRACTIONAL), ("1e5", FRACTIONAL), ("1.5E-3", FRACTIONAL), ("+1.0", FRACTIONAL),
        ("true", BOOLEAN), ("false", BOOLEAN), ("True", STRING), ("", STRING), ("-", STRING), (".5", STRING),
        ("5.", STRING), ("1.2.3", STRING), ("1-2", STRING), ("--1", STRING), ("1e", STRING), ("NaN", STRING),
        ("inf", STRING), ("1,5", STRING), ("1 ", STRING), ("٣", STRING), ("0x1F", STRING), ("-.5", STRING),
        ("-5.", STRING),
    ],
)  # fmt: skip
def test_the_type_of_a_string_is_deequs(text, type_name):
    for neighbours in ([], ["12"], ["1.5", "3"], ["x"]):  # for any other value of the column
        result = value_types(StringBytes.from_array(pa.array([*neighbours, text])))

        assert TYPE_NAMES[result[-1]] == type_name


def test_types_of_a_slice_are_its_own():
    column = pa.array(["x", "1", "2.5", "3"]).slice(1, 2)

    assert [TYPE_NAMES[type_name] for type_name in value_types(StringBytes.from_array(column))] == [
        INTEGRAL,
        FRACTIONAL,
    ]


def test_numbers_with_signs_are_read():
    assert numbers(pa.array(["+1.5", "-2", " 3", "1e3"])).tolist() == [1.5, -2.0, 3.0, 1000.0]
