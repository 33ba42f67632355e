"""The operations that this machine answers are AWS's, and their parameters are members of AWS's requests."""

from __future__ import annotations

import inspect
from functools import cache

from local_sagemaker.operations import operations

import pytest
from botocore import xform_name
from botocore.loaders import Loader
from botocore.model import ServiceModel

OPERATIONS = operations()


@cache
def model_of(service):
    return ServiceModel(Loader().load_service_model(service, "service-2"), service)


@pytest.mark.parametrize(("service", "name"), [pytest.param(*key, id="-".join(key)) for key in OPERATIONS])
def test_an_operation_and_its_parameters_are_awss(service, name):
    model = model_of(service)
    by_name = {xform_name(operation): model.operation_model(operation) for operation in model.operation_names}
    members = getattr(by_name[name].input_shape, "members", {})

    _, *parameters = inspect.signature(OPERATIONS[service, name]).parameters.values()

    assert {p.name for p in parameters if p.kind is p.KEYWORD_ONLY} <= set(members)
