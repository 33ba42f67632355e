"""Models, as transform jobs take them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pipelines.compiling import sdk
from pipelines.steps.context import BuildContext

from sagemaker.core.training.configs import Networking
from sagemaker.mlops.workflow.model_step import ModelStep


@dataclass(frozen=True)
class ModelResult:
    """A step that creates a model, and the name that the model gets; the URI of its data, where it is known."""

    step: ModelStep
    data: Any = None

    @property
    def name(self) -> Any:
        """For ModelName of a transform job."""
        return self.step.properties.ModelName


def create_model(context: BuildContext, name: str, *, image: str, model: Any) -> ModelResult:
    """A step that creates a model of one container.

    Args:
        context: what all jobs share.
        name: the step's.
        image: the image that serves it.
        model: the S3 URI of model.tar.gz.
    """
    return ModelResult(ModelStep(name, step_args=_request(context, image_uri=image, s3_model_data_url=model)), model)


def create_model_of(context: BuildContext, name: str, *, package: Any) -> ModelResult:
    """A step that creates a model of what a model package holds: its image, its data, its variables.

    Args:
        context: what all jobs share.
        name: the step's.
        package: ARN of the model package; it may be known at run time only.
    """
    request = _request(context, image_uri=context.xgboost_image, s3_model_data_url=context.s3("of-the-package"))
    return ModelResult(ModelStep(name, step_args=sdk.of_package(request, package)))


def _request(context: BuildContext, **container: Any) -> Any:
    security = context.security
    builder = sdk.model_builder(
        **container,
        role_arn=context.role,
        sagemaker_session=context.session,
        network=Networking(
            subnets=list(security.subnets or ()) or None,
            security_group_ids=list(security.security_group_ids or ()) or None,
            enable_network_isolation=security.enable_network_isolation or None,
        ),
    )
    return builder.build(tags=[dict(tag) for tag in context.tags] or None)
