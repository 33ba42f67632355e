"""Models: what a transform job runs, as containers with their data."""

from __future__ import annotations

from typing import Any

from local_sagemaker.account import Account
from local_sagemaker.errors import ValidationError
from local_sagemaker.objects import split_uri
from local_sagemaker.operations.listing import page
from local_sagemaker.store import Exists

SERVICE = "sagemaker"
_KIND = "model"


def create_model(account: Account, *, ModelName: str, **described: Any) -> dict[str, Any]:
    """CreateModel; its data and its model package must be there."""
    containers = described.get("Containers") or [c for c in [described.get("PrimaryContainer")] if c]
    if bool(described.get("Containers")) == bool(described.get("PrimaryContainer")):
        raise ValidationError("a model has either a PrimaryContainer or Containers")
    for container in containers:
        _check(account, container)
    arn = account.arn(f"model/{ModelName}")
    document = {"ModelName": ModelName, "ModelArn": arn, "CreationTime": account.now()} | described
    try:
        account.store.insert(_KIND, ModelName, document)
    except Exists:
        raise ValidationError(f"Cannot create already existing model {arn!r}") from None
    return {"ModelArn": arn}


def describe_model(account: Account, *, ModelName: str) -> dict[str, Any]:
    """DescribeModel."""
    return _model(account, ModelName)


def list_models(
    account: Account,
    *,
    NameContains: str = "",
    SortBy: str = "CreationTime",
    CreationTimeAfter: Any = None,
    CreationTimeBefore: Any = None,
    **pages: Any,
) -> dict[str, Any]:
    """ListModels."""
    found = [model for model in account.store.list(_KIND) if NameContains in model["ModelName"]]
    sort = {"Name": "ModelName"}.get(SortBy, "CreationTime")
    return page(
        "Models",
        found,
        sort=lambda model: model[sort],
        CreatedAfter=CreationTimeAfter,
        CreatedBefore=CreationTimeBefore,
        **pages,
    )


def delete_model(account: Account, *, ModelName: str) -> dict[str, Any]:
    """DeleteModel: its record; its data stay."""
    _model(account, ModelName)
    with account.store.transaction() as records:
        records.delete(_KIND, ModelName)
    return {}


def _check(account: Account, container: dict[str, Any]) -> None:
    if bool(container.get("Image")) == bool(container.get("ModelPackageName")):
        raise ValidationError("a container has either an Image or a ModelPackageName")
    if container.get("Mode") == "MultiModel":
        raise ValidationError("a container of Mode MultiModel cannot run here; give each model a container of its own")
    package = container.get("ModelPackageName")
    found = account.store.get("model-package", package) if package else None
    if package and found is None:
        raise ValidationError(f"Model package {package} does not exist.")
    for one in found["InferenceSpecification"]["Containers"] if found else [container]:
        uri = one.get("ModelDataUrl")
        if uri and account.objects.find(*split_uri(uri)) is None:
            raise ValidationError(f"Could not find model data at {uri}{f' of {package}' if package else ''}.")


def _model(account: Account, name: str) -> dict[str, Any]:
    document = account.store.get(_KIND, name)
    if document is None:
        raise ValidationError(f"Could not find model {account.arn(f'model/{name}')!r}.")
    return document
