"""Compares statistics and constraints of a large CSV file with other libraries that do less, and measures the memory.

    python framework/benchmarks/data_quality.py [ROWS] [--python PEER=PATH ...] [--memory]

Writes ROWS rows of 20 mixed columns (12 decimals, 5 integers, 3 strings) and runs each program in a process of its own,
with the file in the page cache. Prints one JSON object: ``ratio`` is our time divided by that of a polars streaming
scan (count, nulls, mean, std, min, max), ``drift`` is our time with a baseline divided by our time without,
``times_slower`` says for each further peer how many times slower than ours it is: whylogs' profile, Spark's local mode
and evidently's summary with drift. A peer that is not installed is left out; --python names an environment that has it,
as not all can be installed in one. With --memory, also the peak of resident memory, in MB, at ROWS / 5, ROWS and
4 * ROWS.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as csv

ROOT = Path(__file__).resolve().parents[2]
OURS = "import sys; from model_monitor.__main__ import main; sys.exit(main(['data-quality', *sys.argv[1:]]) == 2)"
POLARS = """
import sys, polars as pl
frame = pl.scan_csv(sys.argv[1])
numbers = pl.col([name for name, kind in frame.collect_schema().items() if kind.is_numeric()])
print(frame.select(
    pl.all().count().name.suffix(" count"), pl.all().null_count().name.suffix(" nulls"),
    numbers.mean().name.suffix(" mean"), numbers.std().name.suffix(" std"),
    numbers.min().name.suffix(" min"), numbers.max().name.suffix(" max"),
).collect(engine="streaming").shape)
"""
WHYLOGS = """
import sys, pandas as pd
from whylogs.core import DatasetProfile
profile = DatasetProfile()
for chunk in pd.read_csv(sys.argv[1], chunksize=500_000):
    profile.track(chunk)
print(profile.view().to_pandas().shape)
"""
SPARK = """
import sys
from pyspark.sql import SparkSession, functions as F
local = {"spark.ui.enabled": "false", "spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
spark = SparkSession.builder.master("local[*]").config(map=local).config("spark.driver.memory", "8g").getOrCreate()
frame = spark.read.csv(sys.argv[1], header=True, inferSchema=True)
numbers = [n for n, kind in frame.dtypes if kind != "string"]
wanted = [f(n) for n in frame.columns for f in (F.count, F.approx_count_distinct)]
wanted += [f(n) for n in numbers for f in (F.mean, F.stddev_pop, F.min, F.max, F.sum)]
wanted += [F.percentile_approx(n, [q / 10 for q in range(11)]) for n in numbers]
print(len(frame.agg(*wanted).collect()[0]))
for name in set(frame.columns) - set(numbers):
    print(frame.groupBy(name).count().orderBy("count", ascending=False).limit(120).count())
"""
EVIDENTLY = """
import sys, pandas as pd
from evidently import Report
from evidently.presets import DataDriftPreset, DataSummaryPreset
frame = pd.read_csv(sys.argv[1])
half = len(frame) // 2
print(len(Report([DataSummaryPreset(), DataDriftPreset()]).run(frame.iloc[:half], frame.iloc[half:]).json()))
"""
PEERS = {"polars": POLARS, "whylogs": WHYLOGS, "pyspark": SPARK, "evidently": EVIDENTLY}


def write_rows(path: Path, rows: int) -> None:
    rng = np.random.default_rng(0)
    with path.open("wb") as file:
        for start in range(0, rows, 200_000):
            count = min(200_000, rows - start)
            columns = {f"decimal_{n}": rng.gamma(2.0, 10.0 ** (n % 4), count).round(4) for n in range(12)}
            columns |= {f"integer_{n}": rng.integers(0, 10 ** (2 * n), count) for n in range(1, 6)}
            columns["state"] = np.array([f"state {n}" for n in range(54)])[rng.integers(0, 54, count)]
            columns["plan"] = np.array(["basic", "plus", "premium"])[rng.choice(3, count, p=[0.6, 0.3, 0.1])]
            columns["user"] = np.char.add("user-", rng.integers(0, 2_000_000, count).astype(str))
            csv.write_csv(pa.table(columns), file, csv.WriteOptions(include_header=not start))


def measure(python: str, code: str, *arguments: str) -> tuple[float, float]:
    """Run code; return its seconds, and the peak of resident memory of the largest process in MB."""
    outer = (
        "import resource, subprocess, sys; done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss); sys.exit(done.returncode)"
    )
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", outer, python, "-c", code, *arguments],
        check=True, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(ROOT / "framework")},
    )  # fmt: skip
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return time.perf_counter() - began, int(done.stdout) / unit


def has(python: str, peer: str) -> bool:
    code = f"import importlib.util, sys; sys.exit(importlib.util.find_spec({peer!r}) is None)"
    return subprocess.run([python, "-c", code], check=False).returncode == 0


def compare(folder: Path, rows: int, pythons: dict[str, str]) -> dict[str, object]:
    data = folder / "rows.csv"
    write_rows(data, rows)
    data.read_bytes()  # into the page cache
    installed = [peer for peer in PEERS if has(pythons.get(peer, sys.executable), peer)]
    seconds: dict[str, list[float]] = {name: [] for name in ("ours", "drift", *installed)}
    baseline = str(folder / "baseline")
    for _ in range(3):
        seconds["ours"].append(measure(sys.executable, OURS, str(data), "--output", baseline)[0])
        again = (str(data), "--baseline", baseline, "--output", str(folder / "again"))
        seconds["drift"].append(measure(sys.executable, OURS, *again)[0])
        for peer in installed:
            if peer == "polars" or not seconds[peer]:  # the slow peers run once
                seconds[peer].append(measure(pythons.get(peer, sys.executable), PEERS[peer], str(data))[0])
    best = {name: min(times) for name, times in seconds.items()}
    return {
        "rows": rows,
        "seconds": {name: round(value, 2) for name, value in best.items()},
        "ratio": round(best["ours"] / best["polars"], 2) if "polars" in best else None,
        "drift": round(best["drift"] / best["ours"], 2),
        "times_slower": {peer: round(best[peer] / best["ours"], 1) for peer in installed if peer != "polars"},
    }


def peaks(folder: Path, rows: int) -> dict[int, float]:
    peaks_by_rows = {}
    for count in (rows // 5, rows, 4 * rows):
        data = folder / "rows.csv"
        write_rows(data, count)
        peaks_by_rows[count] = round(measure(sys.executable, OURS, str(data), "--output", str(folder / "out"))[1])
    return peaks_by_rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", nargs="?", type=int, default=5_000_000)
    parser.add_argument("--python", action="append", default=[], metavar="PEER=PATH")
    parser.add_argument("--memory", action="store_true")
    arguments = parser.parse_args()
    pythons = dict(option.split("=", 1) for option in arguments.python)
    with tempfile.TemporaryDirectory() as folder:
        result = compare(Path(folder), arguments.rows, pythons)
        if arguments.memory:
            result["peak_memory_mb"] = peaks(Path(folder), arguments.rows)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
