"""Test the split of rows: the same for any chunks, and with its share of each class."""

from __future__ import annotations

from pipelines.scripts.split import BLOCK_ROWS, draw, masks

import numpy as np
import pandas as pd
import pytest

CLASSES = np.array([0.0] * 400 + [1.0] * 90 + [2.0] * 7 + [3.0] * 3 + [np.nan] * 20)
LABELS = np.random.default_rng(0).permutation(CLASSES)


def split(labels, seed=0, size=1000, by_class=True):
    """Return the name of each row's split."""
    frame = pd.DataFrame({"y": labels})
    chunks = (frame[start : start + size] for start in range(0, len(frame), size))
    draws = np.concatenate(
        [chunk_draws for _, chunk_draws, _ in draw(chunks, seed, lambda c: c["y"].to_numpy(), by_class)]
    )
    names = np.empty(len(labels), dtype=object)
    for name, mask in masks(draws).items():
        names[mask] = name
    return names


@pytest.mark.parametrize("by_class", [True, False])
def test_chunks_do_not_matter(by_class):
    names = split(LABELS, by_class=by_class)

    assert all((split(LABELS, size=size, by_class=by_class) == names).all() for size in (1, 7, 100))
    assert (split(LABELS, seed=1, by_class=by_class) != names).any()


@pytest.mark.parametrize("seed", range(5))
def test_each_class_has_its_share_in_each_split(seed):
    names = split(LABELS, seed)

    for number in range(4):
        class_names = names[number == LABELS]
        shares = {"train": 0.7, "validation": 0.15, "test": 0.15}
        for name, share in shares.items():
            assert abs((class_names == name).sum() - share * len(class_names)) <= BLOCK_ROWS * share + 1
            assert (class_names == name).any(), f"class {number} is in {name}"


def test_the_order_of_the_rows_does_not_affect_the_split():
    names = split(np.zeros(20_000))

    halves = [(names[part] == "train").mean() for part in (slice(0, None, 2), slice(1, None, 2))]
    assert halves == pytest.approx([0.7, 0.7], abs=0.01)
