"""Compute bias and explanations as SageMaker Clarify does, and violations of an earlier analysis.

Reads analysis_config.json and writes analysis.json, and constraint_violations.json if there are violations.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from model_monitor import command_line
from model_monitor.clarify.analysis import ANALYSIS_FILE, Analysis, Model, analyse
from model_monitor.clarify.config import SHAP, AnalysisConfig
from model_monitor.clarify.local_values import BASELINE_FILE, LOCAL_VALUES_FILE, SHAP_FOLDER
from model_monitor.explanations.trees import booster
from model_monitor.monitor_error import MonitorError
from model_monitor.predictions.http import open_endpoint
from model_monitor.result import VIOLATIONS_FILE, describe_violation

SHAP_METHODS = ("compat", "exact")
EXAMPLES = """\
examples:
  model-monitor clarify train.csv --config analysis_config.json --output january
  model-monitor clarify test.csv --config explain.json --model xgboost-model --output january
  model-monitor clarify test.csv --config explain.json --endpoint http://127.0.0.1:8080/invocations \\
      --baseline january --output february

If a method needs predictions, they come from a served model, or from an XGBoost model file. An analysis_config.json:
  {"dataset_type": "text/csv", "label": "rings", "label_values_or_threshold": [15.0],
   "facet": [{"name_or_index": "sex"}], "methods": {"pre_training_bias": {"methods": "all"}}}
exit codes: 0 no violation, 2 invalid arguments or unreadable data, 3 violations
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments for the dataset, the configuration, the model, and the earlier analysis to compare with."""
    add = parser.add_argument
    add("data", type=Path, help="a file, or a folder of files: CSV, JSON lines or Parquet, as the configuration says")
    add("--config", type=Path, required=True, metavar="FILE", help="analysis_config.json")
    add("--output", type=Path, default=Path("clarify"), help="the folder to write to (default: %(default)s)")
    add("--baseline", type=Path, metavar="FOLDER", help="compare with analysis.json in this folder")
    add("--constraints", type=Path, metavar="FILE", help="analysis.json to compare with, instead of that in --baseline")
    add("--endpoint", metavar="URL", help="URL of a served model, which takes POST requests")
    add("--model", type=Path, metavar="FILE", help="an XGBoost model instead of an endpoint")
    add("--shap-baseline", type=Path, metavar="FILE", help="rows to compare with, instead of those in --config")
    add(
        "--method",
        choices=SHAP_METHODS,
        default=SHAP_METHODS[0],
        help="compat: SHAP values by KernelSHAP, as AWS; exact: those of --model's trees (default: %(default)s)",
    )


def run(arguments: argparse.Namespace) -> tuple[dict[str, Any], list[str], int]:
    """Run the analysis and write its files; return the summary, notes for the user, and the exit code."""
    constraints = arguments.constraints or (arguments.baseline and arguments.baseline / ANALYSIS_FILE)
    try:
        _check(arguments, constraints)
    except OSError as error:  # e.g. a file name that is too long
        raise MonitorError(str(error)) from None
    config = AnalysisConfig.load(arguments.config)
    result = analyse(
        arguments.data,
        config,
        arguments.output,
        _model(arguments),
        constraints,
        arguments.shap_baseline,
        on_progress=command_line.show_progress,
    )
    result.write(arguments.output)
    return _summary(result, arguments, config), result.notes, 3 if result.violations else 0


def text(summary: dict[str, Any]) -> str:
    """Format the summary for the terminal."""
    lines = [f"{summary['rows']} rows"]
    for name, value in summary["bias"].items():
        lines.append(f"  {name:<40} {'not defined' if value is None else value}")
    for label, values in summary["attributions"].items():
        most = max(values.values(), default=0) or 1
        lines += [f"  {label} {n:<24} {v:<10.4g} {'#' * round(20 * v / most)}" for n, v in values.items()]
    if summary["violations"] is not None:
        lines[0] += f", {len(summary['violations'])} violations"
        lines += [f"  violation {describe_violation(v)}" for v in summary["violations"]]
    return "\n".join([*lines, *(f"  file     {file}" for file in summary["files"])])


def _model(arguments: argparse.Namespace) -> Model:
    if arguments.endpoint:
        return Model(open_endpoint(arguments.endpoint))
    if not arguments.model:
        return Model()
    return Model(booster=booster(arguments.model), exact=arguments.method == "exact")


def _check(arguments: argparse.Namespace, constraints: Path | None) -> None:
    """Raise MonitorError if arguments do not fit together, or the output would overwrite an input."""
    if arguments.endpoint and arguments.model:
        raise MonitorError("--endpoint and --model both name a model; give one")
    if arguments.method == "exact" and not arguments.model:
        raise MonitorError("--method exact needs --model: the trees themselves")
    output = arguments.output
    outputs = [
        output / name
        for name in (
            ANALYSIS_FILE,
            VIOLATIONS_FILE,
            f"{SHAP_FOLDER}/{LOCAL_VALUES_FILE}",
            f"{SHAP_FOLDER}/{BASELINE_FILE}",
        )
    ]
    inputs = [arguments.data, arguments.config, constraints, arguments.shap_baseline, arguments.model]
    if output.exists() and not output.is_dir():
        raise MonitorError(f"--output {str(output)!r} is not a folder")
    if constraints and output.resolve() == constraints.resolve().parent:
        raise MonitorError(f"--output {str(output)!r} is where the baseline is; give another folder")
    if overwritten := {p.resolve() for p in inputs if p} & {p.resolve() for p in outputs}:
        raise MonitorError(
            f"--output {str(output)!r} would overwrite the input {overwritten.pop().name}; give another folder"
        )
    if output.resolve().is_relative_to(arguments.data.resolve()):
        raise MonitorError(f"--output {str(output)!r} is where the data are; give another folder")


def _summary(result: Analysis, arguments: argparse.Namespace, config: AnalysisConfig) -> dict[str, Any]:
    folders = [str(arguments.output / SHAP_FOLDER)] if SHAP in config.methods else []
    return {
        "rows": result.rows,
        "bias": result.metrics,
        "attributions": result.attributions,
        "violations": result.violations,
        "files": [*(str(arguments.output / name) for name in result.files), *folders],
    }
