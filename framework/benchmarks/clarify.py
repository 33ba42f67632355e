"""Compares bias metrics of a large CSV file with reading its needed columns, and SHAP values with the shap library's.

    python framework/benchmarks/clarify.py [ROWS]                    needs: pip install shap numba

Prints one JSON object. ``bias``: our time divided by that of pyarrow reading the needed columns, the best of three
runs, both whole processes on all cores with the file in the page cache, for all metrics except the flip test, which
needs all columns; and the peak of resident memory, in MB, at ROWS and at 4 * ROWS. ``kernel_shap``: our time divided by
that of shap.KernelExplainer, with the same model, coalitions and baseline. ``tree_shap``: our time, compiled, divided
by that of shap.TreeExplainer (interventional).
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from model_monitor.bias_metrics.names import POST_TRAINING_NAMES
from model_monitor.explanations import tree_shap
from model_monitor.explanations.kernel_shap import KernelShap
from model_monitor.explanations.trees import Paths, as_numbers, scores
from model_monitor.predictions.rows import Rows

import numpy as np
import pyarrow as pa
import pyarrow.csv as csv
import shap
import xgboost
from processes import measure_process

NEEDED = ("label", "predicted", "sex", "age", "region")
PEER = """
import sys, pyarrow.csv as csv
print(csv.read_csv(sys.argv[1], convert_options=csv.ConvertOptions(include_columns=sys.argv[2:])).num_rows)
"""
CONFIG = {
    "dataset_type": "text/csv",
    "label": "label",
    "predicted_label": "predicted",
    "label_values_or_threshold": [15.0],
    "facet": [{"name_or_index": "sex"}, {"name_or_index": "age", "value_or_threshold": [40.0]}],
    "group_variable": "region",
    "methods": {
        "pre_training_bias": {"methods": "all"},
        "post_training_bias": {"methods": [name for name in POST_TRAINING_NAMES if name != "FT"]},
    },
}
CHUNK = 1_000_000


def table(random: np.random.Generator, rows: int) -> pa.Table:
    labels = random.normal(10, 3, rows).round(1)
    columns: dict[str, Any] = {
        "label": labels,
        "predicted": (labels + random.normal(0, 1, rows)).round(3),
        "sex": np.array(["female", "infant", "male"])[random.integers(0, 3, rows)],
        "age": random.uniform(0, 80, rows).round(1),
        "region": random.integers(0, 12, rows),
    }
    return pa.table(columns | {f"feature_{n}": random.normal(size=rows).round(4) for n in range(5)})


def write_rows(path: Path, rows: int) -> None:
    random = np.random.default_rng(0)
    with csv.CSVWriter(path, table(random, 1).schema) as file:
        for _ in range(0, rows, CHUNK):
            file.write_table(table(random, min(rows, CHUNK)))


def bias(folder: Path, rows: int) -> dict[str, object]:
    small, large, config = folder / "small.csv", folder / "large.csv", folder / "analysis_config.json"
    write_rows(small, rows)
    write_rows(large, 4 * rows)
    config.write_text(json.dumps(CONFIG))
    own = [sys.executable, "-m", "model_monitor", "clarify", "--config", str(config), "--output", str(folder / "out")]
    read = min(measure_process([sys.executable, "-c", PEER, str(small), *NEEDED])[0] for _ in range(3))
    runs = [measure_process([*own, str(small)]) for _ in range(3)]
    return {
        "ratio": round(min(seconds for seconds, _ in runs) / read, 2),
        "peak_memory_mb": [round(runs[0][1]), round(measure_process([*own, str(large)])[1])],
    }


def best(run: Callable[[], Any]) -> float:
    """Return the seconds of the fastest of three runs."""
    seconds = []
    for _ in range(3):
        began = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - began)
    return min(seconds)


def model(features: int) -> tuple[Any, np.ndarray]:
    random = np.random.default_rng(0)
    data = random.normal(size=(5000, features)).round(3).astype(np.float32)
    target = 2 * data[:, 0] + data[:, 1] * data[:, 2] + np.sin(data[:, 3]) + random.normal(0, 0.1, 5000)
    return xgboost.train({"max_depth": 6}, xgboost.DMatrix(data, target), 100), data


def as_rows(data: np.ndarray) -> Rows:
    return Rows.of([pa.array([repr(float(value)) for value in column], pa.string()) for column in data.T])


def kernel(features: int, samples: int, baseline: int, rows: int) -> float:
    booster, data = model(features)
    peer = shap.KernelExplainer(lambda sample: booster.inplace_predict(sample.astype(np.float32)), data[:baseline])
    theirs = best(lambda: peer.shap_values(data[-rows:], nsamples=samples, l1_reg=0, silent=True))
    both = as_rows(np.concatenate([data[-rows:], data[:baseline]]))
    own, baseline_rows = both.slice(0, rows), both.slice(rows, rows + baseline)
    score = scores(booster, [f"f{number}" for number in range(features)])
    return round(best(lambda: KernelShap(score, samples).values(own, baseline_rows)) / theirs, 2)


def trees(baseline: int, rows: int) -> float:
    booster, data = model(12)
    peer = shap.TreeExplainer(booster, shap.maskers.Independent(data[:baseline], max_samples=baseline))
    theirs = best(lambda: peer.shap_values(data[-rows:]))
    paths, exact = Paths.of(booster), as_numbers(as_rows(data[-rows:])).astype(np.float32)
    tree_shap.values(paths, exact[:1], data[:1])  # compiles
    return round(best(lambda: tree_shap.values(paths, exact, data[:baseline])) / theirs, 2)


def main(rows: int = 5_000_000) -> None:
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as name:
        result: dict[str, object] = {"rows": rows, "bias": bias(Path(name), rows)}
    result["kernel_shap"] = {
        "10 features, all coalitions, 3 baseline rows": kernel(10, 1022, 3, 50),
        "20 features, 2088 coalitions, 1 baseline row": kernel(20, 2088, 1, 50),
        "40 features, 500 coalitions, 10 baseline rows": kernel(40, 500, 10, 50),
    }
    result["tree_shap"] = {f"{baseline} baseline rows": trees(baseline, rows) for baseline, rows in
                          ((1, 4000), (10, 1000), (100, 300))}  # fmt: skip
    print(json.dumps(result))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
