"""botocore's model of SageMaker: the shapes of requests and answers, without a session and without a client."""

from __future__ import annotations

from functools import cache

from botocore.loaders import Loader
from botocore.model import ServiceModel


@cache
def sagemaker() -> ServiceModel:
    """The model, loaded once in a process; it takes about as long as all the rest of a look at a definition."""
    return ServiceModel(Loader().load_service_model("sagemaker", "service-2"), "sagemaker")
