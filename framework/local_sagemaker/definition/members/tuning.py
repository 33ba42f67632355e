"""Declares the members of CreateHyperParameterTuningJob.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateHyperParameterTuningJob.html
"""

from __future__ import annotations

from local_sagemaker.definition.members.shared import CAPACITY, INSTANCE_GROUPS, TAGS, UNENCRYPTED
from local_sagemaker.definition.members.table import Table
from local_sagemaker.definition.members.training import ONE_INSTANCE, TRAINING

_RANGES = Table(
    " ".join(
        f"{kind} {kind}.Name {kind}.MinValue {kind}.MaxValue {kind}.ScalingType"
        for kind in ("IntegerParameterRanges", "ContinuousParameterRanges")
    )
    + " CategoricalParameterRanges CategoricalParameterRanges.Name CategoricalParameterRanges.Values",
    refused={"AutoParameters": "ranges are not chosen automatically; give the ranges themselves"},
)
_CONFIG = _RANGES.below("ParameterRanges") | Table(
    "Strategy StrategyConfig StrategyConfig.HyperbandStrategyConfig StrategyConfig.HyperbandStrategyConfig.MinResource "
    "StrategyConfig.HyperbandStrategyConfig.MaxResource HyperParameterTuningJobObjective "
    "HyperParameterTuningJobObjective.Type HyperParameterTuningJobObjective.MetricName ResourceLimits "
    "ResourceLimits.MaxNumberOfTrainingJobs ResourceLimits.MaxParallelTrainingJobs ResourceLimits.MaxRuntimeInSeconds "
    "TrainingJobEarlyStoppingType TuningJobCompletionCriteria TuningJobCompletionCriteria.TargetObjectiveMetricValue "
    "TuningJobCompletionCriteria.BestObjectiveNotImproving "
    "TuningJobCompletionCriteria.BestObjectiveNotImproving.MaxNumberOfTrainingJobsNotImproving RandomSeed",
    refused={
        "TuningJobCompletionCriteria.ConvergenceDetected": "convergence is not detected; use BestObjectiveNotImproving"
    },
)
_RESOURCES = Table(
    "InstanceCount",
    recorded={"InstanceType": CAPACITY, "VolumeSizeInGB": CAPACITY},
    without_effect={"VolumeKmsKeyId": UNENCRYPTED},
    refused={"AllocationStrategy": INSTANCE_GROUPS, "InstanceConfigs": INSTANCE_GROUPS},
    checks={"InstanceCount": ONE_INSTANCE},
)
_TRAINING_JOB = (
    TRAINING
    | _RESOURCES.below("HyperParameterTuningResourceConfig")
    | Table(
        "TuningObjective TuningObjective.Type TuningObjective.MetricName StaticHyperParameters",
        recorded={"DefinitionName": "there is one definition, which needs no name"},
        refused={"HyperParameterRanges": "use ParameterRanges of HyperParameterTuningJobConfig"},
    )
)

CREATE_HYPER_PARAMETER_TUNING_JOB = (
    _CONFIG.below("HyperParameterTuningJobConfig")
    | _TRAINING_JOB.below("TrainingJobDefinition")
    | Table(
        "HyperParameterTuningJobName",
        recorded={"Tags": TAGS},
        refused={
            "TrainingJobDefinitions": "a tuning job has one TrainingJobDefinition here",
            "WarmStartConfig": "a tuning job does not learn from others here",
            "Autotune": "ranges are not chosen automatically; give the ranges themselves",
        },
    )
)
