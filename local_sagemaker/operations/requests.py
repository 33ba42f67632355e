"""The Arguments of a definition's steps against botocore's own model of the operations that they become."""

from __future__ import annotations

from functools import cache
from typing import Any

from local_sagemaker.definition.errors import DefinitionError
from local_sagemaker.definition.expressions import with_parameters
from local_sagemaker.definition.language import NAMED_BY_THE_SERVICE, STEP_TYPES
from local_sagemaker.definition.parse import Definition
from local_sagemaker.definition.shapes import problems

import botocore.session


def check_requests(definition: Definition, values: dict[str, Any]) -> None:
    """Raise DefinitionError when a step's Arguments are no request of its operation.

    Args:
        definition: what the steps are.
        values: the parameters' values as far as they are known; what depends on them is checked too.
    """
    for step in definition.steps.values():
        operation = STEP_TYPES[step.type]
        if operation is None:
            continue
        named = {NAMED_BY_THE_SERVICE[operation]: "name"} if operation in NAMED_BY_THE_SERVICE else {}
        found = list(problems(_input_shape(operation), named | with_parameters(step.arguments, values)))
        if found:
            more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
            raise DefinitionError(f"step {step.name!r}: {found[0]}{more}")


@cache
def _input_shape(operation: str) -> Any:
    model = botocore.session.Session().get_service_model("sagemaker")
    return model.operation_model(operation).input_shape
