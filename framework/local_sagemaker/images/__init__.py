"""The programs of AWS's own images, and how ``local.toml`` maps any other image to a program.

Each module or package in this folder implements the images whose repository it names. ``local.toml`` can add more
images, or choose another interpreter:

    [images.my-repository]
    python = "/path/to/python3"               # runs all of the image's jobs; by default this environment's own
    train = ["python3", "-m", "my_training"]  # the command of a training job
    process = ["python3", "-m", "my_script"]  # the command of a processing job without an entrypoint
    serve = ["python3", "-m", "my_server"]    # answers /ping and /invocations on port SAGEMAKER_BIND_TO_PORT
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

from local_sagemaker import project
from local_sagemaker.errors import ConfigError
from local_sagemaker.near_names import did_you_mean

#: The variable from which an image's own program reads the version of AWS's image.
VERSION_VARIABLE = "LOCAL_SAGEMAKER_IMAGE_VERSION"
_REPOSITORY = re.compile(r"(?:.*/)?(?P<repository>[^/:@]+)(?::(?P<tag>[^@]*))?(?:@.*)?$")


@dataclass(frozen=True)
class Image:
    """Describes the local implementation of a container image.

    ``packages`` are the versions in AWS's image, for the record of what a job ran with. ``metrics`` is a pattern with
    the groups ``name`` and ``value`` that finds the metrics in a training log. ``asks_model`` is true if processing
    jobs invoke the model that their analysis_config.json, or their environment, names. ``requires`` is the package
    without which none of its programs runs; ``extra`` installs it, the extra of the same name by default. ``site`` is a
    folder with the packages of AWS's image that no index has. ``tag`` is that of the URI.
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
    extra: str = ""
    site: str = ""
    tag: str = ""

    @property
    def version(self) -> tuple[int, ...]:
        """The numbers at the start of the tag, as (1, 0) of 1.0-1-cpu-py3; empty if it starts otherwise."""
        match = re.match(r"\d+(\.\d+)*", self.tag)
        return tuple(map(int, match[0].split("."))) if match else ()


def find_image(config: Mapping[str, Any], uri: str) -> Image:
    """Return the local implementation of the image with this URI.

    Raises:
        ConfigError: there is none; the message says what to add to local.toml.
    """
    match = _REPOSITORY.match(uri)
    repository = match["repository"] if match else uri
    settings = config.get("images", {}).get(repository)
    if settings is None and repository not in _load_built_in_images():
        names = sorted({*_load_built_in_images(), *config.get("images", {})})
        raise ConfigError(
            f"the image {uri!r} is not available on this machine{did_you_mean(repository, names)}; available: "
            f"{', '.join(names)}; add [images.{repository}] to local.toml to map it to an interpreter"
        )
    image = _load_built_in_images().get(repository, Image(repository))
    if settings is None and image.requires and find_spec(image.requires) is None:
        install = project.install_command(image.extra or image.requires)
        raise ConfigError(f"the image {uri!r} needs {image.requires}, which is not installed here; run: {install}")
    values = dict(settings or {})
    for name in {"train", "process", "serve"} & values.keys():
        if not isinstance(values[name], list) or not all(isinstance(word, str) for word in values[name]):
            reason = f"[images.{repository}] of local.toml: {name} must be a list of strings"
            raise ConfigError(f'{reason}, such as ["python3", "-m", "my_module"]')
        values[name] = tuple(values[name])
    return Image(**vars(image) | values | {"tag": (match and match["tag"]) or ""})


@cache
def _load_built_in_images() -> dict[str, Image]:
    modules = [import_module(f"{__name__}.{m.name}") for m in iter_modules(__path__)]
    images = [image for module in modules for image in getattr(module, "IMAGES", None) or (module.IMAGE,)]
    return {image.repository: image for image in images}
