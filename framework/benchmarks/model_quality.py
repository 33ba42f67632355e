"""Compares the model quality of a large CSV file with reading its two columns, and measures the memory.

    python framework/benchmarks/model_quality.py [ROWS]

Writes ROWS rows of label and prediction for each problem type. Prints one JSON object: for each problem type, our time
divided by that of pyarrow reading the file into two columns, the best of three runs, both whole processes on all cores
with the file in the page cache; and the peak of resident memory, in MB, at ROWS and at 4 * ROWS (for a classification
with probabilities, the scores of up to 16 million rows are kept).
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as csv
from processes import measure_process

OURS = [sys.executable, "-m", "model_monitor", "model-quality"]
PEER = [sys.executable, "-c", "import sys, pyarrow.csv as csv; print(csv.read_csv(sys.argv[1]).num_rows)"]
CHUNK = 1_000_000


def regression(random: np.random.Generator, rows: int) -> dict[str, np.ndarray]:
    labels = random.normal(10, 3, rows).round(4)
    return {"label": labels, "prediction": (labels + random.normal(0, 1, rows)).astype("f4")}


def binary(random: np.random.Generator, rows: int) -> dict[str, np.ndarray]:
    score = random.random(rows)
    return {"label": (random.random(rows) < score).astype(int), "prediction": score.astype("f4")}


def multiclass(random: np.random.Generator, rows: int) -> dict[str, np.ndarray]:
    labels = random.integers(0, 5, rows)
    return {"label": labels, "prediction": np.where(random.random(rows) < 0.8, labels, random.integers(0, 5, rows))}


#: Problem type -> function that generates rows, and the option for the column of predictions.
GENERATORS = {
    "Regression": (regression, "--inference-attribute"),
    "BinaryClassification": (binary, "--probability-attribute"),
    "MulticlassClassification": (multiclass, "--inference-attribute"),
}


def write_rows(path: Path, problem_type: str, rows: int) -> None:
    random, generate = np.random.default_rng(0), GENERATORS[problem_type][0]
    first = pa.table(generate(random, 1))
    with csv.CSVWriter(path, first.schema) as file:
        for _ in range(0, rows, CHUNK):
            file.write_table(pa.table(generate(random, min(rows, CHUNK))))


def compare(folder: Path, problem_type: str, rows: int) -> dict[str, object]:
    small, large, output = folder / f"{problem_type}.csv", folder / f"{problem_type}-4.csv", folder / "output"
    write_rows(small, problem_type, rows)
    write_rows(large, problem_type, 4 * rows)
    arguments = [
        "--problem-type",
        problem_type,
        "--ground-truth-attribute",
        "label",
        GENERATORS[problem_type][1],
        "prediction",
    ]
    ours, again = ([*OURS, str(file), *arguments, "--output", str(output)] for file in (small, large))
    read = min(measure_process([*PEER, str(small)])[0] for _ in range(3))
    runs = [measure_process(ours) for _ in range(3)]
    return {
        "ratio": round(min(seconds for seconds, _ in runs) / read, 2),
        "peak_memory_mb": [round(runs[0][1]), round(measure_process(again)[1])],
    }


def main(rows: int = 10_000_000) -> None:
    with tempfile.TemporaryDirectory() as name:
        print(
            json.dumps(
                {"rows": rows} | {problem_type: compare(Path(name), problem_type, rows) for problem_type in GENERATORS}
            )
        )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
