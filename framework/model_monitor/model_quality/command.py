"""Measure how well predictions match the ground truth, as SageMaker Model Monitor does, and violations of a baseline.

Writes statistics.json and constraints.json, and with --baseline also constraint_violations.json.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from model_monitor import command_line
from model_monitor.model_quality.analysis import analyse
from model_monitor.model_quality.attributes import PROBLEM_TYPES, Attributes
from model_monitor.model_quality.problem_types import PROBLEM_TYPES_BY_NAME
from model_monitor.model_quality.violations import METHODS
from model_monitor.result import CONSTRAINTS_FILE, STATISTICS_FILE, Result, describe_violation
from model_monitor.tables.scripts import postprocess

EXAMPLES = """\
examples:
  model-monitor model-quality january.csv --problem-type Regression \\
      --inference-attribute prediction --ground-truth-attribute rings --output january
  model-monitor model-quality february.csv --problem-type Regression \\
      --inference-attribute prediction --ground-truth-attribute rings --baseline january --output february
  model-monitor model-quality scores.csv --problem-type BinaryClassification \\
      --probability-attribute score --ground-truth-attribute churned

Columns without names are _c0, _c1 ... Merge the records that an endpoint captured with the ground truth first:
  model-monitor merge captured/ ground-truth/ --output merged.jsonl
  model-monitor model-quality merged.jsonl --format merged --problem-type Regression \\
      --inference-attribute _c0 --ground-truth-attribute groundTruthData
exit codes: 0 no violation, 2 invalid arguments or unreadable data, 3 violations
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments for the dataset, the roles of its columns, and the baseline."""
    command_line.add_arguments(parser, "model-quality")
    add = parser.add_argument
    add("--problem-type", required=True, metavar="TYPE", help=", ".join(PROBLEM_TYPES))
    add("--ground-truth-attribute", required=True, metavar="COLUMN", help="the ground truth")
    add("--inference-attribute", metavar="COLUMN", help="the predicted number or class")
    add("--probability-attribute", metavar="COLUMN", help="the probability of the positive class (binary)")
    add(
        "--probability-threshold-attribute",
        type=float,
        default=0.5,
        metavar="NUMBER",
        help="a probability above it is positive, if there is no inference attribute (default: %(default)s)",
    )
    add("--positive-label", metavar="CLASS", help="the positive class, if classes are not 0 and 1 (binary)")
    add("--constraints", type=Path, metavar="FILE", help="constraints to use instead of those in --baseline")
    add(
        "--method",
        choices=METHODS,
        default=METHODS[0],
        help="compat: report the violations that AWS reports; exact: those of f0_5, too (default: %(default)s)",
    )


def run(arguments: argparse.Namespace) -> tuple[dict[str, Any], list[str], int]:
    """Run the analysis and write its documents; return the result, notes for the user, and the exit code."""
    command_line.check_output(arguments, arguments.constraints)
    attributes = Attributes(
        arguments.problem_type,
        arguments.ground_truth_attribute,
        arguments.inference_attribute,
        arguments.probability_attribute,
        arguments.probability_threshold_attribute,
        arguments.positive_label,
    )
    constraints = arguments.constraints or (arguments.baseline and arguments.baseline / CONSTRAINTS_FILE)
    result = analyse(
        command_line.dataset(arguments),
        attributes,
        constraints,
        arguments.shape,
        arguments.method,
        on_progress=command_line.show_progress,
    )
    result.write(arguments.output)
    if arguments.postprocessor:
        postprocess(arguments.postprocessor)
    return _summary(result, arguments), result.notes, 3 if result.violations else 0


def text(summary: dict[str, Any]) -> str:
    """Return the result as text for the user."""
    lines = [f"{summary['rows']} rows"]
    for name, metric in summary["metrics"].items():
        value = "not defined" if metric["value"] is None else f"{metric['value']:.6g}"
        spread = metric["standard_deviation"]
        lines.append(f"  {name:<22} {value}" + ("" if spread is None else f" +/- {spread:.2g}"))
    if summary["violations"] is not None:
        lines[0] += f", {len(summary['violations'])} violations"
        lines += [f"  violation {describe_violation(v)}" for v in summary["violations"]]
    return "\n".join([*lines, *(f"  file     {file}" for file in summary["files"])])


def _summary(result: Result, arguments: argparse.Namespace) -> dict[str, Any]:
    problem = PROBLEM_TYPES_BY_NAME[arguments.problem_type]
    measured = result.documents[STATISTICS_FILE][f"{problem.name}_metrics"]
    return {
        "rows": result.rows,
        "metrics": {name: _finite(measured[name]) for name in problem.constrained},
        "violations": result.violations,
        "files": [str(arguments.output / name) for name in result.documents],
    }


def _finite(metric: dict[str, Any]) -> dict[str, Any]:
    """Return the metric with None for NaN, which is not valid JSON."""
    return {name: None if value != value else value for name, value in metric.items()}
