"""The programs that AWS's own images are, and what stands for any other image.

A module or package in here stands for the images whose repository it names. ``local.toml`` can add more, or choose
another interpreter:

    [images.my-repository]
    python = "/path/to/python3"               # what runs scripts; this environment's own where it is not given
    train = ["python3", "-m", "my_training"]  # what the image does when a training job starts it
    process = ["python3", "-m", "my_script"]  # what it does when a processing job without an entrypoint starts it
    serve = ["python3", "-m", "my_server"]    # what answers /ping and /invocations on port SAGEMAKER_BIND_TO_PORT
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules
from typing import Any

from local_sagemaker.errors import ConfigError
from local_sagemaker.near_names import did_you_mean

_REPOSITORY = re.compile(r"(?:.*/)?(?P<repository>[^/:@]+)(?:[:@].*)?$")


@dataclass(frozen=True)
class Image:
    """What stands for a container image.

    ``packages`` are the versions in AWS's image, for the record of what a job ran with. ``metrics`` is a pattern with
    the groups ``name`` and ``value`` that finds the metrics in a training log. ``asks_model`` says that processing jobs
    ask the model that their analysis_config.json, or their environment, names. ``requires`` is a package
    that comes with an extra of the same name.
    """

    repository: str
    python: str = sys.executable
    train: tuple[str, ...] = ()
    process: tuple[str, ...] = ()
    serve: tuple[str, ...] = ()
    packages: Mapping[str, str] = field(default_factory=dict)
    metrics: str = ""
    asks_model: bool = False
    requires: str = ""


def find(config: Mapping[str, Any], uri: str) -> Image:
    """What stands for the image of this URI.

    Raises:
        ConfigError: nothing does; the message says what to write, and where.
    """
    match = _REPOSITORY.match(uri)
    repository = match["repository"] if match else uri
    mapped = config.get("images", {}).get(repository)
    if mapped is None and repository not in _own():
        known = sorted({*_own(), *config.get("images", {})})
        raise ConfigError(
            f"nothing on this machine stands for the image {uri!r}{did_you_mean(repository, known)}; known: "
            f"{', '.join(known)}; write [images.{repository}] into local.toml to map it to an interpreter"
        )
    own = _own().get(repository, Image(repository))
    if mapped is None and own.requires and find_spec(own.requires) is None:
        install = f"pip install -e '.[{own.requires}]'"
        raise ConfigError(f"the image {uri!r} needs {own.requires}, which is not installed here; run: {install}")
    values = dict(mapped or {})
    for name in {"train", "process", "serve"} & values.keys():
        if not isinstance(values[name], list) or not all(isinstance(word, str) for word in values[name]):
            words = f"[images.{repository}] of local.toml: {name} must be a list of words"
            raise ConfigError(f"{words}, such as python3, -m and a module")
        values[name] = tuple(values[name])
    return Image(**vars(own) | values)


@cache
def _own() -> dict[str, Image]:
    modules = [import_module(f"{__name__}.{m.name}") for m in iter_modules(__path__)]
    images = [image for module in modules for image in getattr(module, "IMAGES", None) or (module.IMAGE,)]
    return {image.repository: image for image in images}
