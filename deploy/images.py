"""Finds a model's images in another account's registry."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from local_sagemaker.tools.command_errors import ProjectError
from local_sagemaker.tools.targets import Target

from botocore.exceptions import ClientError

#: An image in an account's own registry. https://docs.aws.amazon.com/AmazonECR/latest/userguide/Registries.html
ECR_IMAGE = re.compile(r"(?P<account>\d{12})(?P<host>\.dkr\.ecr\.[^/]+/)(?P<repository>[^:@]+)(?P<tag>[:@].+)?")
NOT_FOUND_CODES = ("ImageNotFoundException", "RepositoryNotFoundException")


class ImageError(ProjectError):
    """Raised when an image is not in the target account's registry; the message says what to do."""


class AccountIds(NamedTuple):
    """Holds the accounts' numbers."""

    training: str
    target: str


def target_images(target: Target, images: Iterable[str], ids: AccountIds) -> dict[str, str]:
    """Return image -> its URI in the target account.

    AWS's own images are the same for all accounts. Images of the training account's registry have to be replicated
    to the target's.

    Raises:
        ImageError: an image is missing there.
    """
    return {image: _target_image(target, image, ids) for image in images}


def _target_image(target: Target, image: str, ids: AccountIds) -> str:
    match = ECR_IMAGE.fullmatch(image)
    if match is None or match["account"] != ids.training or ids.training == ids.target:
        return image
    tag = match["tag"] or ":latest"
    image_id = {"imageTag": tag[1:]} if tag.startswith(":") else {"imageDigest": tag[1:]}
    try:
        target.session.client("ecr").describe_images(repositoryName=match["repository"], imageIds=[image_id])
    except ClientError as error:
        if error.response["Error"]["Code"] not in NOT_FOUND_CODES:
            raise
        raise ImageError(
            f"the model's image {image} is not in the registry of account {ids.target}: replicate the repository "
            f"{match['repository']!r} there (Amazon ECR, private registry, replication)"
        ) from None
    return ids.target + image.removeprefix(ids.training)
