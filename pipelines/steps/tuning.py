"""Build tuning steps, which train several models and give access to the best one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local_sagemaker.tools.command_errors import UsageError
from pipelines.compiling import sdk
from pipelines.steps.context import BuildContext, sdk_steps
from pipelines.steps.training import csv_channels, trainer

from sagemaker.core.parameter import CategoricalParameter, ContinuousParameter, IntegerParameter
from sagemaker.core.workflow.functions import Join
from sagemaker.mlops.workflow.steps import TuningStep
from sagemaker.train.tuner import HyperparameterTuner

SCALINGS = ("Auto", "Linear", "Logarithmic", "ReverseLogarithmic")


@dataclass(frozen=True)
class Search:
    """A search for the hyperparameters that give the best objective.

    Args:
        ranges: hyperparameter -> its ends, as ``[2, 8]`` (integers) or ``[0.05, 0.5, "Logarithmic"]``, or its
            values, as ``["gbtree", "dart"]``.
        objective: the metric's name, as defined by the algorithm or by a regex of its log.
        objective_type: Minimize or Maximize.
        strategy: Bayesian, Random, Hyperband or Grid.
        max_jobs, max_parallel_jobs: training jobs in all, and at a time.
        early_stopping: Auto, to stop unpromising training jobs early, or Off.
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
    """A tuning step that gives access to its best model."""

    step: TuningStep
    output: str

    @property
    def model(self) -> Join:
        """The S3 URI of the model.tar.gz that the best training job writes."""
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
    """Return a step that runs many training jobs with different hyperparameters, and selects the best model.

    Args:
        context: what all jobs share.
        name: the step's name.
        image, channels, hyperparameters, output, after: as for ``steps.training.train``; these hyperparameters are
            the same in all training jobs.
        search: the hyperparameters that differ between them, and the objective.

    Raises:
        UsageError: a range is invalid.
    """
    tuner = HyperparameterTuner(
        trainer(context, name, image, hyperparameters, output),
        objective_metric_name=search.objective,
        objective_type=search.objective_type,
        hyperparameter_ranges={
            parameter: _parse_range(parameter, values) for parameter, values in search.ranges.items()
        },
        strategy=search.strategy,
        max_jobs=search.max_jobs,
        max_parallel_jobs=search.max_parallel_jobs,
        early_stopping_type=search.early_stopping,
    )
    step_args = sdk.with_security(
        tuner.tune(inputs=csv_channels(channels)),
        context.security.kms_key,
        EnableNetworkIsolation=context.security.enable_network_isolation,
        EnableInterContainerTrafficEncryption=context.security.encrypt_inter_container_traffic,
    )
    return TuningResult(TuningStep(name, step_args=step_args, depends_on=sdk_steps(after)), context.s3(output))


def _parse_range(name: str, values: Sequence[Any]) -> Any:
    """Return a range as the SDK takes it; lint checks later that its ends are in order."""
    if not isinstance(values, Sequence) or isinstance(values, str) or not values:
        raise UsageError(f"the range of {name!r} is {values!r}; give two ends, as in [2, 8], or a list of strings")
    if all(isinstance(value, str) for value in values):
        return CategoricalParameter(list(values))
    *ends, scaling = values if len(values) == 3 else (*values, "Auto")
    numbers = [end for end in ends if isinstance(end, int | float) and not isinstance(end, bool)]
    if len(ends) != 2 or len(numbers) != 2 or scaling not in SCALINGS:
        raise UsageError(
            f"the range of {name!r} is {list(values)!r}; give two numbers and, if you want another scaling than Auto, "
            f"one of {', '.join(SCALINGS)}"
        )
    parameter_class = IntegerParameter if all(isinstance(end, int) for end in ends) else ContinuousParameter
    return parameter_class(*ends, scaling_type=scaling)
