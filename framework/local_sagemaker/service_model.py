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


@cache
def read_models_once() -> None:
    """For a process that makes many sessions: botocore would parse its models and its endpoints, and list its services,
    anew for each, and that is nine tenths of the time that a session and a client take.
    """
    files: Any = JSONFileLoader
    load = cache(partial(files.load_file, files()))
    files.load_file = lambda _, path: load(path)
    folders: Any = Loader
    list_services, found = folders.list_available_services, {}

    def listed(loader: Any, type_name: str) -> list[str]:
        key = (type_name, *loader.search_paths)
        if key not in found:
            found[key] = list_services(loader, type_name)
        return list(found[key])

    folders.list_available_services = listed
