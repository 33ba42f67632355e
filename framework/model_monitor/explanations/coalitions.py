"""Chooses the features that keep a row's own value in KernelSHAP's synthetic rows, and weighs each such choice.

A choice is a coalition. Small coalitions and their complements weigh most and are enumerated, as far as the number of
samples allows; the others are sampled. See Lundberg and Lee (2017), https://arxiv.org/abs/1705.07874, section 4.1, and
the appendix of https://arxiv.org/abs/2012.01536 on drawing in pairs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from math import comb

import numpy as np

#: The default number of coalitions is this many, and 2 more for each feature.
BASE_SAMPLES = 2048
ALMOST_ONE = 1 - 1e-8


def default_samples(features: int) -> int:
    """Return the number of coalitions to use if the configuration has none."""
    return 2 * features + BASE_SAMPLES


@dataclass(frozen=True)
class Coalitions:
    """Holds weighted coalitions: ``members`` has the shape (coalitions, features), ``weights`` (coalitions,)."""

    members: np.ndarray
    weights: np.ndarray

    @classmethod
    def draw(cls, features: int, samples: int, seed: int) -> Coalitions:
        """Return at most ``samples`` coalitions, none of them empty or complete; all if there are no more than that.

        There must be at least 2 features. Equal arguments give equal coalitions.
        """
        samples = min(samples, 2**features - 2) if features < 30 else samples
        remaining, enumerated, sizes = samples, [], _size_weights(features)
        for size in sorted(sizes):
            count = comb(features, size) * (2 if _has_complement(size, features) else 1)
            if remaining * sizes[size] / sum(sizes[s] for s in sizes if s >= size) < count * ALMOST_ONE:
                break
            enumerated.append(np.array(list(_coalitions_of_size(features, size))))
            remaining -= count
        full_sizes = len(enumerated)
        members = [*enumerated]
        weights = [np.full(len(part), sizes[n] / len(part)) for n, part in enumerate(enumerated, 1)]
        if full_sizes < len(sizes) and remaining > 0:
            sampled_sizes = {size: weight for size, weight in sizes.items() if size > full_sizes}
            drawn, counts = _draw_pairs(features, sampled_sizes, remaining, np.random.default_rng(seed))
            members.append(drawn)
            weights.append(counts * (sum(sampled_sizes.values()) / counts.sum()))
        return cls(np.concatenate(members).astype(bool), np.concatenate(weights))

    @cached_property
    def solution(self) -> np.ndarray:
        """The matrix that turns the coalitions' contributions into SHAP values, shape (features - 1, coalitions).

        It solves the weighted least squares problem after eliminating the last feature, as the sum of all SHAP values
        is known.
        """
        root = np.sqrt(self.weights)[:, None]
        members = self.members.astype(float)
        return np.linalg.pinv((members[:, :-1] - members[:, -1:]) * root) * root.T

    def values(self, added: np.ndarray, total: np.ndarray) -> np.ndarray:
        """Return the SHAP values, shape (features, n).

        Args:
            added: shape (coalitions, n), a prediction for each coalition, less the expected value.
            total: shape (n,), the row's own prediction, less the expected value.
        """
        values = self.solution @ (added - self.members[:, -1:] * total)  # of all features but the last
        return np.concatenate([values, (total - values.sum(axis=0))[None]])


def _size_weights(features: int) -> dict[int, float]:
    """Return the weight of all coalitions of each size, with their complements; the weights sum to 1."""
    weights = {
        size: (features - 1) / (size * (features - size)) * (2 if _has_complement(size, features) else 1)
        for size in range(1, features // 2 + 1)
    }
    return {size: weight / sum(weights.values()) for size, weight in weights.items()}


def _has_complement(size: int, features: int) -> bool:
    """Return whether the complements of coalitions of this size have another size."""
    return 2 * size != features


def _coalitions_of_size(features: int, size: int) -> Iterator[np.ndarray]:
    for chosen in combinations(range(features), size):
        member = np.zeros(features, bool)
        member[list(chosen)] = True
        yield member
        if _has_complement(size, features):
            yield ~member


def _draw_pairs(
    features: int, sizes: dict[int, float], count: int, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return at most ``count`` distinct coalitions, each with its complement, and how often each was drawn."""
    counts: dict[bytes, int] = {}
    share = np.array(list(sizes.values())) / sum(sizes.values())
    for size in random.choice(list(sizes), 4 * count, p=share):
        member = np.zeros(features, bool)
        member[random.permutation(features)[:size]] = True
        pair = [member.tobytes(), (~member).tobytes()]
        new = [coalition for coalition in pair if coalition not in counts]
        if len(counts) + len(new) > count:
            break
        for coalition in pair:
            counts[coalition] = counts.get(coalition, 0) + 1
    if not counts:  # only one sample remains: take one coalition of a pair
        counts[member.tobytes()] = 1
    return np.array([np.frombuffer(m, bool) for m in counts]), np.array(list(counts.values()), float)
