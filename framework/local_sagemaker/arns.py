"""Reads ARNs: the resources of other accounts and regions do not exist on this machine."""

from __future__ import annotations

from local_sagemaker.account import Account
from local_sagemaker.errors import ValidationError


def own_name(account: Account, name_or_arn: str, resource: str) -> str:
    """Return the name of one of this account's resources.

    Args:
        account: the account.
        name_or_arn: the name, or the ARN.
        resource: the resource's type in an ARN, as ``pipeline``.

    Raises:
        ValidationError: the ARN is that of another type, account or region.
    """
    prefix = account.arn(f"{resource}/")
    if name_or_arn.startswith("arn:") and not name_or_arn.startswith(prefix):
        raise ValidationError(
            f"{name_or_arn} is not a {resource} of this account ({prefix}...); resources of other accounts are not "
            "known here: use this account's own, or set account and region in local.toml"
        )
    return name_or_arn.removeprefix(prefix)
