"""Operations on models. A model is what a transform job runs: containers with their data."""

from __future__ import annotations

from typing import Any

from local_sagemaker.account import Account
from local_sagemaker.definition.members.model import CREATE_MODEL
from local_sagemaker.definition.members.table import Table
from local_sagemaker.errors import ValidationError
from local_sagemaker.objects import split_uri
from local_sagemaker.operations._takes import takes
from local_sagemaker.operations.listing import CREATION_TIMES, PAGES, listing
from local_sagemaker.store import Exists

SERVICE = "sagemaker"
_MODEL_RECORD = "model"


@takes(CREATE_MODEL)
def create_model(account: Account, *, ModelName: str, **optional: Any) -> dict[str, Any]:
    """Create a model (CreateModel). Its data and its model package must exist."""
    containers = optional.get("Containers") or [c for c in [optional.get("PrimaryContainer")] if c]
    if bool(optional.get("Containers")) == bool(optional.get("PrimaryContainer")):
        raise ValidationError("a model has either a PrimaryContainer or Containers")
    for container in containers:
        _check_container(account, container)
    arn = account.arn(f"model/{ModelName}")
    document = {"ModelName": ModelName, "ModelArn": arn, "CreationTime": account.now()} | optional
    try:
        account.store.insert(_MODEL_RECORD, ModelName, document)
    except Exists:
        raise ValidationError(f"Cannot create already existing model {arn!r}") from None
    return {"ModelArn": arn}


def describe_model(account: Account, *, ModelName: str) -> dict[str, Any]:
    """Return a model (DescribeModel)."""
    return _model(account, ModelName)


@takes(Table(f"NameContains {CREATION_TIMES} {PAGES}"))
def list_models(account: Account, **query: Any) -> dict[str, Any]:
    """List the models (ListModels)."""
    return listing("Models", account.store.list(_MODEL_RECORD), query, name="ModelName")


def delete_model(account: Account, *, ModelName: str) -> dict[str, Any]:
    """Delete a model's record; its data stay (DeleteModel)."""
    _model(account, ModelName)
    with account.store.transaction() as records:
        records.delete(_MODEL_RECORD, ModelName)
    return {}


def _check_container(account: Account, container: dict[str, Any]) -> None:
    if bool(container.get("Image")) == bool(container.get("ModelPackageName")):
        raise ValidationError("a container has either an Image or a ModelPackageName")
    package = container.get("ModelPackageName")
    package_document = account.store.get("model-package", package) if package else None
    if package and package_document is None:
        raise ValidationError(f"Model package {package} does not exist.")
    for model_container in (
        package_document["InferenceSpecification"]["Containers"] if package_document else [container]
    ):
        uri = model_container.get("ModelDataUrl")
        if uri and account.objects.find(*split_uri(uri)) is None:
            raise ValidationError(f"Could not find model data at {uri}{f' of {package}' if package else ''}.")


def _model(account: Account, name: str) -> dict[str, Any]:
    document = account.store.get(_MODEL_RECORD, name)
    if document is None:
        raise ValidationError(f"Could not find model {account.arn(f'model/{name}')!r}.")
    return document
