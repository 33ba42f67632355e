"""What another account calls a model's images."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from local_sagemaker.tools.command_errors import ProjectError
from local_sagemaker.tools.targets import Target

from botocore.exceptions import ClientError

#: An image in an account's own registry. https://docs.aws.amazon.com/AmazonECR/latest/userguide/Registries.html
OF_ACCOUNT = re.compile(r"(?P<account>\d{12})(?P<host>\.dkr\.ecr\.[^/]+/)(?P<repository>[^:@]+)(?P<tag>[:@].+)?")
MISSING = ("ImageNotFoundException", "RepositoryNotFoundException")


class ImageError(ProjectError):
    """Raised when an image is not in the target account's registry; the message says what to do."""


class AccountIds(NamedTuple):
    """The accounts' numbers."""

    training: str
    target: str


def images_in(target: Target, images: Iterable[str], ids: AccountIds) -> dict[str, str]:
    """Image -> what the target account calls it. AWS's own images are everybody's; those of the training account's
    registry have to be in the target's, by replication.

    Raises:
        ImageError: one is not there.
    """
    return {image: _image_in(target, image, ids) for image in images}


def _image_in(target: Target, image: str, ids: AccountIds) -> str:
    found = OF_ACCOUNT.fullmatch(image)
    if found is None or found["account"] != ids.training or ids.training == ids.target:
        return image
    tag = found["tag"] or ":latest"
    one = {"imageTag": tag[1:]} if tag.startswith(":") else {"imageDigest": tag[1:]}
    try:
        target.session.client("ecr").describe_images(repositoryName=found["repository"], imageIds=[one])
    except ClientError as error:
        if error.response["Error"]["Code"] not in MISSING:
            raise
        raise ImageError(
            f"the model's image {image} is not in the registry of account {ids.target}: replicate the repository "
            f"{found['repository']!r} there (Amazon ECR, private registry, replication)"
        ) from None
    return ids.target + image.removeprefix(ids.training)
