"""The Arguments of a definition's steps against botocore's own model of the operations that they become."""

from __future__ import annotations

from typing import Any

from local_sagemaker.definition.document import Document
from local_sagemaker.definition.parse import Definition, check
from local_sagemaker.service_model import sagemaker


def check_requests(definition: Definition, values: dict[str, Any] | None = None) -> None:
    """Raise DefinitionError where lint finds an error, now that it knows the requests.

    Args:
        definition: what the steps are.
        values: the parameters' values as far as they are given; what depends on them is checked with those.
    """
    check(Document(definition.raw, sagemaker(), values))
