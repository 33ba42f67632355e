"""The operations that this machine answers are AWS's, and each member of AWS's requests is declared beside them."""

from __future__ import annotations

import inspect
from functools import cache

from local_sagemaker.definition.members import TABLES
from local_sagemaker.operations import operations
from local_sagemaker.operations._takes import request_table

import pytest
from botocore import xform_name
from botocore.loaders import Loader
from botocore.model import ServiceModel

OPERATIONS = operations()
EACH_OPERATION = pytest.mark.parametrize(
    ("service", "name"), [pytest.param(*key, id="-".join(key)) for key in OPERATIONS]
)


@cache
def models_of(service):
    """Return the models of a service's operations by their names in snake case."""
    model = ServiceModel(Loader().load_service_model(service, "service-2"), service)
    return {xform_name(operation): model.operation_model(operation) for operation in model.operation_names}


def member_paths(shape, path="", ancestors=frozenset()):
    """Yield the path of each member of a request's shape; the entries of a list are not numbered."""
    while shape.type_name == "list":
        shape = shape.member
    if shape.type_name == "structure" and shape.name not in ancestors:
        for name, member in shape.members.items():
            inner = f"{path}.{name}".lstrip(".")
            yield inner
            yield from member_paths(member, inner, ancestors | {shape.name})


@EACH_OPERATION
def test_every_member_is_declared_and_every_declaration_is_a_member(service, name):
    shape, table = models_of(service)[name].input_shape, request_table(OPERATIONS[service, name])
    paths = set(member_paths(shape)) if shape else set()
    declared = {*table.handled_paths, *table.recorded, *table.without_effect, *table.refused, *table.checks}

    undeclared = [path for path in paths if table.treatment(path) is None]

    assert not undeclared, "declare these: " + " ".join(sorted(undeclared))
    assert not declared - paths


@EACH_OPERATION
def test_each_member_has_one_treatment_and_a_reason_unless_it_is_handled(service, name):
    table = request_table(OPERATIONS[service, name])
    groups = [table.handled_paths, set(table.recorded), set(table.without_effect), set(table.refused)]

    assert sum(map(len, groups)) == len(set().union(*groups))
    assert set(table.checks) <= table.handled_paths
    for path in set().union(*groups):
        treatment, reason = table.treatment(path)
        assert bool(reason) == (treatment != "handled")


@EACH_OPERATION
def test_a_function_without_further_members_has_a_parameter_for_each_that_it_handles_or_keeps(service, name):
    operation = OPERATIONS[service, name]
    kinds = [parameter.kind for parameter in inspect.signature(operation).parameters.values()]
    members = set(getattr(models_of(service)[name].input_shape, "members", {}))

    assert inspect.Parameter.VAR_POSITIONAL not in kinds
    assert {p.name for p in inspect.signature(operation).parameters.values() if p.kind is p.KEYWORD_ONLY} <= members


def test_the_tables_of_steps_are_those_of_the_operations():
    by_name = {models_of(service)[name].name: request_table(f) for (service, name), f in OPERATIONS.items()}

    for name, table in TABLES.items():
        assert by_name[name].handled_paths == table.handled_paths
        assert by_name[name].refused == table.refused
