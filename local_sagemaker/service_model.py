"""botocore's models of AWS's services: SageMaker's shapes without a client, and each file read once."""

from __future__ import annotations

from functools import cache, partial
from typing import Any

from botocore.loaders import JSONFileLoader, Loader
from botocore.model import ServiceModel


@cache
def sagemaker() -> ServiceModel:
    """The model, loaded once in a process; it takes about as long as all the rest of a look at a definition."""
    return ServiceModel(Loader().load_service_model("sagemaker", "service-2"), "sagemaker")


def read_models_once() -> None:
    """For a process that makes many sessions: botocore would parse its models and its endpoints anew for each, and that
    is most of the time that a session and its clients take.
    """
    loader: Any = JSONFileLoader
    load = cache(partial(loader.load_file, loader()))
    loader.load_file = lambda _, path: load(path)
