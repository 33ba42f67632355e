"""Find the baselines that checks compare with: SageMaker looks them up itself, the project's own checks by a step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipelines.steps.context import BuildContext
from pipelines.steps.processing import ProcessingResult, process

from sagemaker.core.workflow.functions import Join

STEP_NAME, OUTPUT_NAME = "ResolveBaselines", "baselines"
#: CheckType -> the URIs that an execution supplies: what ``scripts.resolve_baselines`` gets for each check.
Supplied = Mapping[str, tuple[Any, Any]]


@dataclass(frozen=True)
class PreviousBaselines:
    """The baselines that a model package group carries; ``resolution`` is the step that copies them, if any."""

    group: Any
    resolution: ProcessingResult | None = None

    @property
    def steps(self) -> list[ProcessingResult]:
        """The step that copies the baselines, as a list of one or no step for the pipeline."""
        return [self.resolution] if self.resolution else []

    def uri(self, check_type: str) -> Join:
        """Return the S3 URI of a check's baseline: a prefix with a manifest, and with those files that exist."""
        assert self.resolution is not None, "SageMaker's checks resolve their own baselines"
        return self.resolution.file(OUTPUT_NAME, check_type)


def resolve_baselines(context: BuildContext, group: Any, supplied: Supplied) -> PreviousBaselines:
    """Return the baselines that the checks of a pipeline compare with.

    Args:
        context: what all jobs share; its ``check_engine`` decides whether a step has to copy the baselines.
        group: the model package group whose latest approved version carries them.
        supplied: CheckType -> the URIs of the statistics and of the constraints that an execution may supply.
    """
    if context.check_engine == "sagemaker":
        return PreviousBaselines(group)
    resolution = process(
        context,
        STEP_NAME,
        script="pipelines.scripts.resolve_baselines",
        image=context.scikit_learn_image,
        inputs={},
        outputs=[OUTPUT_NAME],
        arguments=[("group", group), *(("check", (check, *uris)) for check, uris in supplied.items())],
        may_isolate=False,
    )
    return PreviousBaselines(group, resolution)
