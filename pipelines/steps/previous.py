"""Where checks find the baseline to compare with: SageMaker looks for it itself, the project's own checks by a step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipelines.steps.context import BuildContext
from pipelines.steps.processing import ProcessingResult, process

from sagemaker.core.workflow.functions import Join

NAME, OUTPUT = "ResolveBaselines", "baselines"
#: What ``scripts.resolve_baselines`` is told for each check: its CheckType, and the URIs that are supplied.
Supplied = Mapping[str, tuple[Any, Any]]


@dataclass(frozen=True)
class Previous:
    """The previous baselines of a model package group; ``resolved`` is the step that copies them, if there is one."""

    group: Any
    resolved: ProcessingResult | None = None

    @property
    def steps(self) -> list[ProcessingResult]:
        """The step, for the pipeline."""
        return [self.resolved] if self.resolved else []

    def of(self, check_type: str) -> Join:
        """The S3 URI of what there is for a check: a manifest, and the files as far as there are any."""
        assert self.resolved is not None, "SageMaker's checks resolve their own baselines"
        return self.resolved.file(OUTPUT, check_type)


def previous_baselines(context: BuildContext, group: Any, supplied: Supplied) -> Previous:
    """Where the checks of a pipeline find their previous baselines.

    Args:
        jobs: what all jobs share; its ``check_engine`` says whose checks they are.
        group: the model package group whose latest approved version carries them.
        supplied: CheckType -> the URIs of the statistics and of the constraints that an execution may supply.
    """
    if context.check_engine == "sagemaker":
        return Previous(group)
    resolved = process(
        context,
        NAME,
        script="pipelines.scripts.resolve_baselines",
        image=context.scikit_learn_image,
        inputs={},
        outputs=[OUTPUT],
        arguments=[("group", group), *(("check", (check, *uris)) for check, uris in supplied.items())],
        may_isolate=False,
    )
    return Previous(group, resolved)
