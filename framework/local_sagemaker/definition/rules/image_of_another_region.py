"""An image is from another region than the images of the other steps.

A job can pull its image only from its own region.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.rules import ERROR, Mistake, _examples

LEVEL = ERROR
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/dg/docker-containers.html"
GOOD = _examples.definition(_examples.processing(), _examples.training())
BAD = _examples.with_value(
    GOOD,
    "Steps[1].Arguments.AlgorithmSpecification.TrainingImage",
    "141502667606.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-xgboost:3.2-0",
)
_MEMBERS = (".ImageUri", ".TrainingImage", ".Image")
_IMAGE = re.compile(r"\d{12}\.dkr\.ecr\.([a-z0-9\-]+)\.amazonaws\.com")


def check(definition: Definition) -> Iterator[Mistake]:
    """Check every ECR image that a job or a model runs in."""
    images = [slot for slot in definition.slots if slot.path.endswith(_MEMBERS) and isinstance(slot.value, str)]
    regions = [(slot.path, match[1]) for slot in images if (match := _IMAGE.match(slot.value))]
    usual = next((region for region, _ in Counter(region for _, region in regions).most_common(1)), None)
    for path, region in regions:
        if region != usual:
            yield Mistake(
                path, f"is an image from {region}; the others are from {usual}", "use the image of that region"
            )
