"""Finds resources by their members (Search).

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Search.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from local_sagemaker.account import Account
from local_sagemaker.definition.definition_errors import ExpressionError
from local_sagemaker.definition.expressions import lookup
from local_sagemaker.definition.members.table import Table, only
from local_sagemaker.errors import ValidationError
from local_sagemaker.operations._takes import takes
from local_sagemaker.operations.job_kinds import TRAINING, TUNING
from local_sagemaker.operations.listing import page, read_time

SERVICE = "sagemaker"
Document = dict[str, Any]
#: Resource -> kind of its records. The response has each under the resource's own name.
_RECORD_KINDS = {
    "Model": "model",
    "ModelPackage": "model-package",
    "ModelPackageGroup": "model-package-group",
    "Pipeline": "pipeline",
    "PipelineExecution": "execution",
    "TrainingJob": TRAINING.record_kind,
    "HyperParameterTuningJob": TUNING.record_kind,
}
_FILTER = "SearchExpression.Filters"
#: Operator -> whether a value, which is None if the resource has none, passes it.
_OPERATORS: Mapping[str, Callable[[Any, str], bool]] = {
    "Equals": lambda value, text: _text(value) == text,
    "NotEquals": lambda value, text: _text(value) != text,
    "GreaterThan": lambda value, text: _compare(value, text) > 0,
    "GreaterThanOrEqualTo": lambda value, text: _compare(value, text) >= 0,
    "LessThan": lambda value, text: _compare(value, text) < 0,
    "LessThanOrEqualTo": lambda value, text: _compare(value, text) <= 0,
    "Contains": lambda value, text: text in _text(value),
    "Exists": lambda value, _text: value is not None,
    "NotExists": lambda value, _text: value is None,
    "In": lambda value, text: _text(value) in text.split(","),
}


@takes(
    Table(
        f"{_FILTER} {_FILTER}.Name {_FILTER}.Operator {_FILTER}.Value SearchExpression.SubExpressions "
        "SearchExpression.Operator MaxResults NextToken SortOrder",
        refused={
            "SearchExpression.NestedFilters": "filters by the entries of a list are not supported; use Filters",
            "CrossAccountFilterOption": "only the resources of this account are known; leave it out",
            "VisibilityConditions": "every resource is visible here; leave it out",
        },
        checks={"Resource": only(*_RECORD_KINDS)},
    )
)
def search(
    account: Account,
    *,
    Resource: str,
    SearchExpression: Document | None = None,
    SortBy: str = "LastModifiedTime",
    **query: Any,
) -> Document:
    """Return a page of the resources of a type that pass an expression.

    Raises:
        ValidationError: a filter compares what cannot be compared.
    """
    documents = account.store.list(_RECORD_KINDS[Resource])
    passing = [document for document in documents if _passes(document, SearchExpression or {})]
    passing.sort(key=lambda document: _sort_key(_value(document, SortBy)))
    answer = page("Results", passing, query)
    return answer | {"Results": [{Resource: document} for document in answer["Results"]]}


def _passes(document: Document, expression: Mapping[str, Any]) -> bool:
    """Return whether a resource passes an expression, whose parts are joined by And unless it says Or."""
    outcomes = list(_outcomes(document, expression))
    join = any if expression.get("Operator") == "Or" else all
    return join(outcomes) if outcomes else True


def _outcomes(document: Document, expression: Mapping[str, Any]) -> Iterator[bool]:
    for item in expression.get("Filters") or ():
        value = _value(document, item["Name"])
        yield _OPERATORS[item.get("Operator", "Equals")](value, item.get("Value", ""))
    for inner in expression.get("SubExpressions") or ():
        yield _passes(document, inner)


def _value(document: Document, name: str) -> Any:
    """Return a member by its path, or the value of a tag, as ``Tags.team``; None if there is none."""
    if name.startswith("Tags."):
        tags = {tag["Key"]: tag["Value"] for tag in document.get("Tags") or ()}
        return tags.get(name.removeprefix("Tags."))
    try:
        return lookup(name, document)
    except ExpressionError:
        return None


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)


def _compare(value: Any, text: str) -> float:
    """Return a number above, below or equal to 0, as a value is above, below or equal to a text."""
    if value is None:
        return float("nan")  # is neither
    try:
        if isinstance(value, int | float):
            return value - float(text)
        return (datetime.fromisoformat(value) - read_time(text)).total_seconds()
    except (TypeError, ValueError):
        raise ValidationError(
            f"{value!r} and {text!r} are not two numbers or two times, and cannot be compared"
        ) from None


def _sort_key(value: Any) -> tuple[bool, float, str]:
    """Return a key that sorts numbers as numbers, everything else as text, and what is missing first."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value is not None, float(value) if is_number else 0.0, "" if is_number else _text(value)
