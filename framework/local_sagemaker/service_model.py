"""Reads botocore's models of AWS's services: SageMaker's shapes without a client, and each file only once."""

from __future__ import annotations

from functools import cache, partial
from typing import Any

from botocore.loaders import JSONFileLoader, Loader
from botocore.model import ServiceModel


@cache
def sagemaker() -> ServiceModel:
    """Return SageMaker's model; loading it, once in a process, takes about as long as all else that lint does."""
    return ServiceModel(Loader().load_service_model("sagemaker", "service-2"), "sagemaker")


@cache
def read_models_once() -> None:
    """Make botocore read each of its files once, for a process that makes many sessions.

    botocore would parse its models and endpoints, and list its services, again for each session; that is nine tenths of
    the time that a session and a client take.
    """
    files: Any = JSONFileLoader
    load = cache(partial(files.load_file, files()))
    files.load_file = lambda _, path: load(path)
    folders: Any = Loader
    list_services, services = folders.list_available_services, {}

    def list_once(loader: Any, type_name: str) -> list[str]:
        key = (type_name, *loader.search_paths)
        if key not in services:
            services[key] = list_services(loader, type_name)
        return list(services[key])

    folders.list_available_services = list_once
