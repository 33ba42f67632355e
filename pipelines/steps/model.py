"""Build steps that create models, which transform jobs and checks use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pipelines.compiling import sdk
from pipelines.steps.context import BuildContext

from sagemaker.core.training.configs import Networking
from sagemaker.mlops.workflow.model_step import ModelStep


@dataclass(frozen=True)
class ModelResult:
    """A step that creates a model; ``data`` is the URI of its model.tar.gz, if that is known."""

    step: ModelStep
    data: Any = None

    @property
    def name(self) -> Any:
        """The name that the model gets, for ModelName of a transform job."""
        return self.step.properties.ModelName


def create_model(context: BuildContext, name: str, *, image: str, model: Any) -> ModelResult:
    """Return a step that creates a model of one container.

    Args:
        context: what all jobs share.
        name: the step's name.
        image: the image that serves it.
        model: the S3 URI of model.tar.gz.
    """
    return ModelResult(ModelStep(name, step_args=_request(context, image_uri=image, s3_model_data_url=model)), model)


def create_model_from_package(context: BuildContext, name: str, *, package: Any) -> ModelResult:
    """Return a step that creates a model from a model package: with its image, its data and its variables.

    Args:
        context: what all jobs share.
        name: the step's name.
        package: ARN of the model package; may be known at run time only.
    """
    request = _request(context, image_uri=context.xgboost_image, s3_model_data_url=context.s3("of-the-package"))
    return ModelResult(ModelStep(name, step_args=sdk.use_model_package(request, package)))


#: The former name; CHANGELOG.md lists all of these.
create_model_of = create_model_from_package


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
