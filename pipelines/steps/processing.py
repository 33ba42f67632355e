"""Build processing steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from pipelines.compiling import sdk
from pipelines.scripts.preprocess import OUTPUTS, RAW_TEST
from pipelines.steps.context import BuildContext
from pipelines.steps.parameters import TrainingParameters

from sagemaker.core.processing import ScriptProcessor
from sagemaker.core.shapes import ProcessingInput, ProcessingOutput, ProcessingS3Input
from sagemaker.core.workflow.functions import Join, JsonGet
from sagemaker.core.workflow.properties import PropertyFile
from sagemaker.mlops.workflow.steps import CacheConfig, ProcessingStep

PROCESSING_FOLDER = "/opt/ml/processing"


class ManifestInput(NamedTuple):
    """An input that consists of the objects that a manifest lists."""

    manifest: Any


@dataclass(frozen=True)
class ProcessingResult:
    """A processing step that gives access to its outputs by name, and to the values in its reports."""

    step: ProcessingStep
    reports: Mapping[str, PropertyFile] = field(default_factory=dict)

    def __getitem__(self, output: str) -> Any:
        """Return the S3 URI of an output."""
        return self.step.properties.ProcessingOutputConfig.Outputs[output].S3Output.S3Uri

    def file(self, output: str, name: str) -> Join:
        """Return the S3 URI of a file in an output."""
        return Join(on="/", values=[self[output], name])

    def value(self, report: str, json_path: str) -> JsonGet:
        """Return a value in a report, e.g. ``value("AbaloneEvaluationReport", "regression_metrics.mse.value")``."""
        return JsonGet(step_name=self.step.name, property_file=self.reports[report], json_path=json_path)


def preprocess(
    context: BuildContext, name: str, *, script: str, params: TrainingParameters, raw_test: bool = False
) -> ProcessingResult:
    """Return a step that splits and scales the training data; see ``pipelines.scripts.preprocess`` for its outputs."""
    return process(
        context,
        name,
        script=script,
        image=context.scikit_learn_image,
        inputs={"data": params.input_data},
        outputs=[*OUTPUTS, RAW_TEST] if raw_test else OUTPUTS,
        arguments={"random-seed": params.random_seed} | ({"raw-test": "yes"} if raw_test else {}),
        instance_count=params.processing_instance_count,
    )


def evaluate(
    context: BuildContext,
    name: str,
    *,
    script: str,
    image: str,
    model: Any,
    preprocessing: ProcessingResult,
    report: PropertyFile,
) -> ProcessingResult:
    """Return a step that measures a model on the test set.

    ``report`` is the evaluation.json that it writes, in the output ``evaluation``.
    """
    return process(
        context,
        name,
        script=script,
        image=image,
        inputs={"model": model} | {output: preprocessing[output] for output in ("test", "featurizer")},
        outputs=[report.output_name],
        reports=[report],
    )


def process(
    context: BuildContext,
    name: str,
    *,
    script: str,
    image: str,
    inputs: Mapping[str, Any],
    outputs: Sequence[str] | Mapping[str, Any],
    arguments: Mapping[str, Any] | Sequence[tuple[str, Any]] = (),
    reports: Sequence[PropertyFile] = (),
    instance_count: Any = 1,
    cached_for: str | None = None,
    environment: Mapping[str, str] | None = None,
    may_isolate: bool = True,
    keeps_outputs: bool = False,
) -> ProcessingResult:
    """Return a step that runs a container script of this project.

    Args:
        context: what all jobs share.
        name: the step's name.
        script: the script's module, e.g. ``pipelines.abalone.preprocess``, or the path of a single file.
        image: the image that it runs in.
        inputs: name -> S3 URI, or ``ManifestInput``, mounted at /opt/ml/processing/<name>.
        outputs: names of outputs; the script writes each to /opt/ml/processing/<name>. Or name -> S3 URI to upload it
            to; None lets the service choose a prefix of the execution's own.
        arguments: the script's options without the dashes, as pairs if an option is repeated; a tuple is several
            values. Parameters are passed on as strings.
        reports: the property files that conditions read.
        instance_count: how many instances run the script.
        environment: the script's environment variables.
        may_isolate: whether the script works without a network; one that calls the registry does not.
        keeps_outputs: whether the outputs are uploaded while it runs, so that they exist even if it fails.
        cached_for: for how long the outputs of an earlier, identical step are reused, e.g. ``P30D``.
    """
    processor = ScriptProcessor(
        image_uri=image,
        command=["python3"],
        role=context.role,
        instance_type=context.processing_instance_type,
        instance_count=instance_count,
        volume_kms_key=context.security.kms_key,
        output_kms_key=context.security.kms_key,
        network_config=context.security.network(may_isolate),
        env=dict(environment) if environment else None,
        tags=list(context.tags) or None,
        base_job_name=f"{context.prefix}/{name}",
        sagemaker_session=context.session,
    )
    step_args = processor.run(
        code=context.code(script),
        inputs=[_input(n, uri) for n, uri in inputs.items()],
        outputs=[
            ProcessingOutput(
                output_name=n, s3_output=sdk.processing_s3_output(f"{PROCESSING_FOLDER}/{n}", uri, keeps_outputs)
            )
            for n, uri in (outputs if isinstance(outputs, Mapping) else dict.fromkeys(outputs)).items()
        ],
        # The service does not accept an empty list.
        arguments=_command_line(arguments) or None,
    )
    with sdk.offline(context.region):
        cache = CacheConfig(enable_caching=True, expire_after=cached_for) if cached_for else None
        step = ProcessingStep(name, step_args=step_args, property_files=list(reports), cache_config=cache)
    return ProcessingResult(step, {report.name: report for report in reports})


def _input(name: str, uri: Any) -> ProcessingInput:
    data_type, uri = ("ManifestFile", uri.manifest) if isinstance(uri, ManifestInput) else ("S3Prefix", uri)
    source = ProcessingS3Input(
        s3_uri=uri, local_path=f"{PROCESSING_FOLDER}/{name}", s3_data_type=data_type, s3_input_mode="File"
    )
    return ProcessingInput(input_name=name, s3_input=source)


def _command_line(arguments: Mapping[str, Any] | Sequence[tuple[str, Any]]) -> list[Any]:
    pairs = arguments.items() if isinstance(arguments, Mapping) else arguments
    return [
        argument
        for option, value in pairs
        for argument in (f"--{option}", *map(_to_string, value if isinstance(value, tuple) else (value,)))
    ]


def _to_string(value: Any) -> Any:
    return value.to_string() if hasattr(value, "to_string") else str(value)
