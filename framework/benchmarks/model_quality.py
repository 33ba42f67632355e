"""Model quality of a large CSV file against reading its two columns, and the memory that it takes.

    python framework/benchmarks/model_quality.py [ROWS]

Writes ROWS rows of truth and prediction for each problem type. Prints one JSON object: for each, our time over that of
pyarrow reading the file into two columns, the best of three, both whole processes on all cores and the file in the page
cache; and the peak of resident memory, in MB, at ROWS and at 4 * ROWS (of a classification with probabilities, the
scores of up to 16 million rows are kept).
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as csv
from processes import measured

OURS = [sys.executable, "-m", "model_monitor", "model-quality"]
PEER = [sys.executable, "-c", "import sys, pyarrow.csv as csv; print(csv.read_csv(sys.argv[1]).num_rows)"]
CHUNK = 1_000_000


def regression(random: np.random.Generator, rows: int) -> dict[str, np.ndarray]:
    truth = random.normal(10, 3, rows).round(4)
    return {"label": truth, "prediction": (truth + random.normal(0, 1, rows)).astype("f4")}


def binary(random: np.random.Generator, rows: int) -> dict[str, np.ndarray]:
    score = random.random(rows)
    return {"label": (random.random(rows) < score).astype(int), "prediction": score.astype("f4")}


def multiclass(random: np.random.Generator, rows: int) -> dict[str, np.ndarray]:
    truth = random.integers(0, 5, rows)
    return {"label": truth, "prediction": np.where(random.random(rows) < 0.8, truth, random.integers(0, 5, rows))}


KINDS = {
    "Regression": (regression, "--inference-attribute"),
    "BinaryClassification": (binary, "--probability-attribute"),
    "MulticlassClassification": (multiclass, "--inference-attribute"),
}


def write_rows(path: Path, kind: str, rows: int) -> None:
    random, make = np.random.default_rng(0), KINDS[kind][0]
    first = pa.table(make(random, 1))
    with csv.CSVWriter(path, first.schema) as file:
        for _ in range(0, rows, CHUNK):
            file.write_table(pa.table(make(random, min(rows, CHUNK))))


def compared(folder: Path, kind: str, rows: int) -> dict[str, object]:
    small, large, output = folder / f"{kind}.csv", folder / f"{kind}-4.csv", folder / "output"
    write_rows(small, kind, rows)
    write_rows(large, kind, 4 * rows)
    arguments = ["--problem-type", kind, "--ground-truth-attribute", "label", KINDS[kind][1], "prediction"]
    ours, again = ([*OURS, str(file), *arguments, "--output", str(output)] for file in (small, large))
    read = min(measured([*PEER, str(small)])[0] for _ in range(3))
    runs = [measured(ours) for _ in range(3)]
    return {
        "ratio": round(min(seconds for seconds, _ in runs) / read, 2),
        "peak_memory_mb": [round(runs[0][1]), round(measured(again)[1])],
    }


def main(rows: int = 10_000_000) -> None:
    with tempfile.TemporaryDirectory() as name:
        print(json.dumps({"rows": rows} | {kind: compared(Path(name), kind, rows) for kind in KINDS}))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
