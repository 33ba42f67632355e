"""Measures the quality of the TensorFlow network on the splits of ``quality.py``; it needs TensorFlow.

    python framework/benchmarks/network.py abalone.csv

Preprocessing, training and evaluation are those of the pipeline. Prints one line of JSON: for each metric the mean and
the standard deviation.
"""

from __future__ import annotations

import argparse
import json
import sys
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory

from pipelines.abalone.columns import SCHEMA
from pipelines.abalone_tensorflow.evaluate import evaluate
from pipelines.abalone_tensorflow.train import train
from pipelines.scripts.preprocess import preprocess

import numpy as np
from quality import SEEDS

SETTINGS = {"epochs": 200, "patience": 10, "layers": 2, "dense_layer": 64, "batch_size": 32}


def evaluate_split(data, seed):
    """Train the network on one split; return its metrics."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        preprocess(data, folder, seed, SCHEMA, is_raw=True)
        own = {part: folder / part for part in ("train", "validation", "featurizer")}
        train(argparse.Namespace(**own, **SETTINGS, seed=seed, model_dir=folder / "model"))
        with tarfile.open(folder / "model.tar.gz", "w:gz") as tar:
            tar.add(folder / "model" / "1", "1")
        return evaluate(folder, folder / "test", folder / "featurizer")["regression_metrics"]


def main(data):
    reports = [evaluate_split(Path(data), seed) for seed in SEEDS]
    metrics = {name: [report[name]["value"] for report in reports] for name in ("mse", "mae", "r2")}
    print(json.dumps({name: [round(float(np.mean(v)), 3), round(float(np.std(v)), 3)] for name, v in metrics.items()}))


if __name__ == "__main__":
    main(*sys.argv[1:])
