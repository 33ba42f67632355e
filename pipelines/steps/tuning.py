"""Tuning steps: several models, of which the best is known by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local_sagemaker.tools.command_errors import UsageError
from pipelines.compiling import sdk
from pipelines.steps.context import BuildContext, sdk_steps
from pipelines.steps.training import data, trainer

from sagemaker.core.parameter import CategoricalParameter, ContinuousParameter, IntegerParameter
from sagemaker.core.workflow.functions import Join
from sagemaker.mlops.workflow.steps import TuningStep
from sagemaker.train.tuner import HyperparameterTuner

SCALINGS = ("Auto", "Linear", "Logarithmic", "ReverseLogarithmic")


@dataclass(frozen=True)
class Search:
    """What is searched, and for what.

    Args:
        ranges: hyperparameter -> its ends, as ``[2, 8]`` (whole numbers) or ``[0.05, 0.5, "Logarithmic"]``, or its
            values, as ``["gbtree", "dart"]``.
        objective: the metric, as the algorithm or a regex of its log names it.
        objective_type: Minimize or Maximize.
        strategy: Bayesian, Random, Hyperband or Grid.
        max_jobs, max_parallel_jobs: training jobs in all, and at a time.
        early_stopping: Auto, to stop what is no good, or Off.
    """

    ranges: Mapping[str, Sequence[Any]]
    objective: str
    objective_type: str = "Minimize"
    strategy: str = "Bayesian"
    max_jobs: int = 10
    max_parallel_jobs: int = 2
    early_stopping: str = "Off"


@dataclass(frozen=True)
class TuningResult:
    """A tuning step, and its best model."""

    step: TuningStep
    output: str

    @property
    def model(self) -> Join:
        """The S3 URI of the best training job's model.tar.gz."""
        best = self.step.properties.BestTrainingJob.TrainingJobName
        return Join(on="/", values=[self.output, best, "output/model.tar.gz"])


def tune(
    context: BuildContext,
    name: str,
    *,
    image: str,
    channels: Mapping[str, Any],
    hyperparameters: Mapping[str, Any],
    search: Search,
    output: str,
    after: Sequence[Any] = (),
) -> TuningResult:
    """A step that trains with other hyperparameters again and again, and knows the best.

    Args:
        context: what all jobs share.
        name: the step's.
        image, channels, hyperparameters, output, after: as of ``steps.training.train``; these hyperparameters stay as
            they are.
        search: those that do not.

    Raises:
        UsageError: a range that is none.
    """
    tuner = HyperparameterTuner(
        trainer(context, name, image, hyperparameters, output),
        objective_metric_name=search.objective,
        objective_type=search.objective_type,
        hyperparameter_ranges={of: _range(of, given) for of, given in search.ranges.items()},
        strategy=search.strategy,
        max_jobs=search.max_jobs,
        max_parallel_jobs=search.max_parallel_jobs,
        early_stopping_type=search.early_stopping,
    )
    step_args = sdk.with_security(
        tuner.tune(inputs=data(channels)),
        context.security.kms_key,
        EnableNetworkIsolation=context.security.enable_network_isolation,
        EnableInterContainerTrafficEncryption=context.security.encrypt_inter_container_traffic,
    )
    return TuningResult(TuningStep(name, step_args=step_args, depends_on=sdk_steps(after)), context.s3(output))


def _range(name: str, given: Sequence[Any]) -> Any:
    """A range as the SDK takes it; whether it is upside down is lint's to say."""
    if not isinstance(given, Sequence) or isinstance(given, str) or not given:
        raise UsageError(f"the range of {name!r} is {given!r}; give two ends, as in [2, 8], or a list of texts")
    if all(isinstance(value, str) for value in given):
        return CategoricalParameter(list(given))
    *ends, scaling = given if len(given) == 3 else (*given, "Auto")
    numbers = [end for end in ends if isinstance(end, int | float) and not isinstance(end, bool)]
    if len(ends) != 2 or len(numbers) != 2 or scaling not in SCALINGS:
        raise UsageError(
            f"the range of {name!r} is {list(given)!r}; give two numbers, and a scaling if it shall not be Auto: "
            f"{', '.join(SCALINGS)}"
        )
    kind = IntegerParameter if all(isinstance(end, int) for end in ends) else ContinuousParameter
    return kind(*ends, scaling_type=scaling)
