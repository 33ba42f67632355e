"""Which features keep a row's own value in KernelSHAP's synthetic rows, and how much each such choice weighs.

A choice is a coalition. Small ones and their complements weigh most and are enumerated, as far as the number of samples
allows; of the others some are drawn. Lundberg and Lee (2017), https://arxiv.org/abs/1705.07874, section 4.1, and the
appendix of https://arxiv.org/abs/2012.01536 on drawing in pairs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from math import comb

import numpy as np

#: What is drawn, where nobody says how much: 2 for each feature and so many.
SAMPLES = 2048
ALMOST_ONE = 1 - 1e-8


def default_samples(features: int) -> int:
    """How many coalitions where the configuration does not say."""
    return 2 * features + SAMPLES


@dataclass(frozen=True)
class Coalitions:
    """``members`` has the shape (coalitions, features), ``weights`` (coalitions,)."""

    members: np.ndarray
    weights: np.ndarray

    @classmethod
    def drawn(cls, features: int, samples: int, seed: int) -> Coalitions:
        """At most so many coalitions of at least 2 features, neither empty nor whole; all of them where that is more.

        Equal arguments give equal coalitions.
        """
        samples = min(samples, 2**features - 2) if features < 30 else samples
        left, kept, sizes = samples, [], _size_weights(features)
        for size in sorted(sizes):
            count = comb(features, size) * (2 if _has_complement(size, features) else 1)
            if left * sizes[size] / sum(sizes[s] for s in sizes if s >= size) < count * ALMOST_ONE:
                break
            kept.append(np.array(list(_all(features, size))))
            left -= count
        whole = len(kept)
        members = [*kept]
        weights = [np.full(len(k), sizes[n] / len(k)) for n, k in enumerate(kept, 1)]
        if whole < len(sizes) and left > 0:
            rest = {size: weight for size, weight in sizes.items() if size > whole}
            extra, often = _some(features, rest, left, np.random.default_rng(seed))
            members.append(extra)
            weights.append(often * (sum(rest.values()) / often.sum()))
        return cls(np.concatenate(members).astype(bool), np.concatenate(weights))

    @cached_property
    def solution(self) -> np.ndarray:
        """Shape (features - 1, coalitions): turns what coalitions add to the expected value into SHAP values.

        It is the weighted least squares' solution in which the last feature has been eliminated, as the values of all
        sum to a number that is known.
        """
        root = np.sqrt(self.weights)[:, None]
        own = self.members.astype(float)
        return np.linalg.pinv((own[:, :-1] - own[:, -1:]) * root) * root.T

    def values(self, added: np.ndarray, total: np.ndarray) -> np.ndarray:
        """SHAP values.

        Args:
            added: shape (coalitions, n), a prediction for each coalition, less the expected value.
            total: shape (n,), the row's own prediction, less the expected value.

        Returns:
            Shape (features, n).
        """
        rest = added - self.members[:, -1:] * total
        first = self.solution @ rest
        return np.concatenate([first, (total - first.sum(axis=0))[None]])


def _size_weights(features: int) -> dict[int, float]:
    """Of all coalitions of a size and their complements; the sum is 1."""
    weights = {
        size: (features - 1) / (size * (features - size)) * (2 if _has_complement(size, features) else 1)
        for size in range(1, features // 2 + 1)
    }
    return {size: weight / sum(weights.values()) for size, weight in weights.items()}


def _has_complement(size: int, features: int) -> bool:
    """Whether the complements of coalitions of this size are others."""
    return 2 * size != features


def _all(features: int, size: int) -> Iterator[np.ndarray]:
    for chosen in combinations(range(features), size):
        member = np.zeros(features, bool)
        member[list(chosen)] = True
        yield member
        if _has_complement(size, features):
            yield ~member


def _some(
    features: int, sizes: dict[int, float], count: int, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """At most so many different coalitions, each with its complement, and how often each was drawn."""
    often: dict[bytes, int] = {}
    share = np.array(list(sizes.values())) / sum(sizes.values())
    for size in random.choice(list(sizes), 4 * count, p=share):
        member = np.zeros(features, bool)
        member[random.permutation(features)[:size]] = True
        pair = [member.tobytes(), (~member).tobytes()]
        new = [one for one in pair if one not in often]
        if len(often) + len(new) > count:
            break
        for one in pair:
            often[one] = often.get(one, 0) + 1
    if not often:  # one sample is left, of a pair
        often[member.tobytes()] = 1
    return np.array([np.frombuffer(m, bool) for m in often]), np.array(list(often.values()), float)
