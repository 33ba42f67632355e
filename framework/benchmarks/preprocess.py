"""Compares the preprocessing script with a pandas program that reads and writes the same numbers, and measures memory.

    python framework/benchmarks/preprocess.py [ROWS]

Prints one JSON object: ``ratio`` is our time divided by that of pandas reading the raw file and writing a table of the
same size, ``peak_memory_growth`` is our peak at four times the rows divided by that at ROWS. Both run in processes of
their own.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import numpy as np
from processes import measure_process

OURS = [sys.executable, "-m", "pipelines.abalone.preprocess"]
PEER = """
import sys, numpy as np, pandas as pd
frame = pd.read_csv(sys.argv[1], header=None)
numbers = frame.select_dtypes("number").to_numpy()
pd.DataFrame(np.column_stack([numbers, numbers[:, :3]]) / 3).to_csv(sys.argv[2], header=False, index=False)
frame.sample(frac=0.7, random_state=0).to_csv(sys.argv[2], index=False)
"""


def write_rows(path: Path, rows: int) -> None:
    generator = np.random.default_rng(0)
    with path.open("w") as file:
        for _ in range(0, rows, 100_000):
            values = generator.random((min(rows, 100_000), 7)).round(4)
            sexes, rings = generator.choice(["M", "F", "I"], len(values)), generator.integers(1, 29, len(values))
            file.writelines(
                f"{sex},{','.join(map(str, row))},{ring}\n" for sex, row, ring in zip(sexes, values, rings, strict=True)
            )


def main(rows: int = 500_000) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        small, large = folder / "small.csv", folder / "large.csv"
        write_rows(small, rows)
        write_rows(large, 4 * rows)
        ours = [
            measure_process([*OURS, "--data", str(data), "--output", str(folder / "out")]) for data in (small, large)
        ]
        peer, _ = measure_process([sys.executable, "-c", PEER, str(small), str(folder / "peer.csv")])
    result = {
        "rows": rows,
        "ratio": ours[0][0] / peer,
        "peak_memory_mb": ours[0][1],
        "peak_memory_growth": ours[1][1] / ours[0][1],
    }
    print(json.dumps({key: round(value, 3) for key, value in result.items()}))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
