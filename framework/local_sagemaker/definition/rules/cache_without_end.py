"""A CacheConfig is enabled but has no ExpireAfter, or has one but is not enabled.

In the first case it does not say how long a result is valid; in the second it has no effect.
"""

from __future__ import annotations

from collections.abc import Iterator

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.rules import WARNING, Mistake, _examples

LEVEL = WARNING
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-default-caching.html"
GOOD = _examples.definition(_examples.training(CacheConfig={"Enabled": True, "ExpireAfter": "P30D"}))
BAD = _examples.definition(_examples.training(CacheConfig={"Enabled": True}))


def check(definition: Definition) -> Iterator[Mistake]:
    """Check every CacheConfig."""
    for step in definition.steps:
        cache = step.raw.get("CacheConfig")
        if isinstance(cache, dict):
            if cache.get("Enabled") is True and cache.get("ExpireAfter") is None:
                yield Mistake(
                    f"{step.path}.CacheConfig", "has no ExpireAfter", "set how long a result is valid, such as P30D"
                )
            if cache.get("Enabled") is False and cache.get("ExpireAfter") is not None:
                yield Mistake(
                    f"{step.path}.CacheConfig", "has an ExpireAfter, but is not Enabled", "enable it, or remove it"
                )
