"""Bias and explanations as SageMaker Clarify computes them; violations of an earlier analysis.

Reads analysis_config.json and writes analysis.json, and constraint_violations.json where there are violations.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from model_monitor import command_line
from model_monitor.clarify.analysis import ANALYSIS, Analysis, Model, analyse
from model_monitor.clarify.config import SHAP, AnalysisConfig
from model_monitor.clarify.local_values import BASELINE, FOLDER, LOCAL
from model_monitor.explanations.trees import booster
from model_monitor.monitor_error import MonitorError
from model_monitor.predictions.http import open_endpoint
from model_monitor.result import VIOLATIONS, describe_violation

METHODS = ("compat", "exact")
EXAMPLES = """\
examples:
  python -m model_monitor clarify train.csv --config analysis_config.json --output january
  python -m model_monitor clarify test.csv --config explain.json --model xgboost-model --output january
  python -m model_monitor clarify test.csv --config explain.json --endpoint http://127.0.0.1:8080/invocations \\
      --baseline january --output february

Where a method needs predictions, they come from a served model, or from a file of XGBoost's. An analysis_config.json:
  {"dataset_type": "text/csv", "label": "rings", "label_values_or_threshold": [15.0],
   "facet": [{"name_or_index": "sex"}], "methods": {"pre_training_bias": {"methods": "all"}}}
exit codes: 0 no violation, 2 wrong use or data that cannot be read, 3 violations
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The dataset, what to do with it, the model, and what to compare with."""
    add = parser.add_argument
    add("data", type=Path, help="a file, or a folder of files: CSV, JSON lines or Parquet, as the configuration says")
    add("--config", type=Path, required=True, metavar="FILE", help="analysis_config.json")
    add("--output", type=Path, default=Path("clarify"), help="the folder to write to (default: %(default)s)")
    add("--baseline", type=Path, metavar="FOLDER", help="compare with analysis.json in this folder")
    add("--constraints", type=Path, metavar="FILE", help="compare with this analysis.json instead")
    add("--endpoint", metavar="URL", help="of a served model, which takes POST requests")
    add("--model", type=Path, metavar="FILE", help="an XGBoost model instead of an endpoint")
    add("--shap-baseline", type=Path, metavar="FILE", help="rows to compare with, instead of the configuration's")
    add(
        "--method",
        choices=METHODS,
        default=METHODS[0],
        help="SHAP values by KernelSHAP, as by AWS, or exact ones of --model's trees: %(choices)s",
    )


def run(arguments: argparse.Namespace) -> tuple[dict[str, Any], list[str], int]:
    """Analyse and write; the result for a program, notes for a person, the exit code."""
    constraints = arguments.constraints or (arguments.baseline and arguments.baseline / ANALYSIS)
    try:
        _check(arguments, constraints)
    except OSError as error:  # a name that is too long
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
    """The result for a person."""
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
    """Raise MonitorError where arguments do not go together, or the output would overwrite what is read."""
    if arguments.endpoint and arguments.model:
        raise MonitorError("--endpoint and --model both name a model; give one")
    if arguments.method == "exact" and not arguments.model:
        raise MonitorError("--method exact needs --model: the trees themselves")
    output = arguments.output
    written = [output / name for name in (ANALYSIS, VIOLATIONS, f"{FOLDER}/{LOCAL}", f"{FOLDER}/{BASELINE}")]
    read = [arguments.data, arguments.config, constraints, arguments.shap_baseline, arguments.model]
    if output.exists() and not output.is_dir():
        raise MonitorError(f"--output {str(output)!r} is no folder")
    if constraints and output.resolve() == constraints.resolve().parent:
        raise MonitorError(f"--output {str(output)!r} is where the baseline is; give another folder")
    if overwritten := {p.resolve() for p in read if p} & {p.resolve() for p in written}:
        raise MonitorError(f"--output {str(output)!r} would overwrite {overwritten.pop().name}, which is read")
    if output.resolve().is_relative_to(arguments.data.resolve()):
        raise MonitorError(f"--output {str(output)!r} is where the data are; give another folder")


def _summary(result: Analysis, arguments: argparse.Namespace, config: AnalysisConfig) -> dict[str, Any]:
    folders = [str(arguments.output / FOLDER)] if SHAP in config.methods else []
    return {
        "rows": result.rows,
        "bias": result.metrics,
        "attributions": result.attributions,
        "violations": result.violations,
        "files": [*(str(arguments.output / name) for name in result.files), *folders],
    }
