"""Compares scoring a batch by the pipeline with one script that does the same by hand, and measures the memory.

    python framework/benchmarks/batch_inference.py [ROWS]

Trains and approves a model on the abalone data, writes ROWS raw rows in 20 files, and scores them and a tenth of them.
Prints one JSON object: ``ratio`` is the time of the preprocessing and transform steps divided by that of a process that
reads each file with pyarrow, applies the featurizer, predicts with xgboost, and writes the features, the raw columns
and the scores, as the steps do; ``to_scores_alone`` is their time divided by that of a process that writes only the
scores; ``monitoring`` is the time of the step that detects drift, divided by the time of the first process;
``peak_memory_mb`` are the largest peaks of a process of the execution, for a tenth of the rows and for all of them.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import local_sagemaker.session
from local_sagemaker import project
from local_sagemaker.testing import ExecutionResult, wait_for_end
from local_sagemaker.tools.service import baselines
from pipelines.abalone.pipeline import get_pipeline as training
from pipelines.batch_inference.pipeline import get_pipeline as scoring

import boto3
import numpy as np
import pyarrow as pa
import pyarrow.csv as csv

ROOT = Path(__file__).resolve().parents[2]
FILES, BUCKET = 20, "inputs"
STEPS = "PreprocessAbaloneData", "MonitorAbaloneDataQuality-transform"
MONITORING = "MonitorAbaloneDataQuality-monitoring"
PEER = """
import sys, tarfile
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import numpy as np, pyarrow as pa, pyarrow.csv as csv
from pipelines.scripts.evaluate import load_booster
from pipelines.scripts.features import Featurizer
model, featurizer, source, target = map(Path, sys.argv[2:6])
writes_all = sys.argv[6] == "all"
booster, featurizer = load_booster(model), Featurizer.load(featurizer)
plain = csv.WriteOptions(include_header=False)
for name in ("scores", "features", "raw"):
    (target / name).mkdir(parents=True)
for file in sorted(source.iterdir()):
    table = csv.read_csv(file)
    ids, raw = table["id"], table.drop_columns(["id"])
    features = featurizer.transform(raw.to_pandas(strings_to_categorical=True)).astype("f4")
    if writes_all:
        columns = [ids, *(pa.array(np.ascontiguousarray(features[:, n])) for n in range(features.shape[1]))]
        csv.write_csv(pa.table(columns, names=["id", *featurizer.names]), target / "features" / file.name, plain)
        csv.write_csv(raw, target / "raw" / file.name)
    scores = booster.inplace_predict(features).astype("f8")
    csv.write_csv(pa.table([ids, scores], names=["id", "score"]), target / "scores" / file.name, plain)
"""


def write_batch(session: boto3.Session, prefix: str, rows: int, folder: Path) -> Path:
    """Upload rows like those of the abalone data, with ids; return a folder with the same files."""
    random, source = np.random.default_rng(0), folder / prefix
    source.mkdir()
    names = ["length", "diameter", "height", "whole_weight", "shucked_weight", "viscera_weight", "shell_weight"]
    scales = [0.65, 0.5, 0.2, 1.5, 0.7, 0.35, 0.45]
    for number in range(FILES):
        count = rows // FILES
        columns: dict[str, Any] = {"id": pa.array(np.arange(number * count, (number + 1) * count)).cast(pa.string())}
        columns["sex"] = pa.array(np.array(["F", "I", "M"])[random.integers(0, 3, count)])
        for name, scale in zip(names, scales, strict=True):
            columns[name] = pa.array(((random.random(count) * 0.8 + 0.2) * scale).round(4))
        csv.write_csv(pa.table(columns), source / f"{number:02}.csv")
        session.client("s3").upload_file(str(source / f"{number:02}.csv"), BUCKET, f"{prefix}/{number:02}.csv")
    return source


def approve_model(session: boto3.Session) -> None:
    """Train a model and register it as approved."""
    pipeline = training("us-east-1", session=session)
    pipeline.upsert()
    values = {"ModelApprovalStatus": "Approved"}
    parameters = baselines.parameters(session.client("sagemaker"), pipeline.definition(), values)
    assert wait_for_end(session, pipeline.start(parameters=parameters).arn).status == "Succeeded"


def score(session: boto3.Session, prefix: str) -> tuple[ExecutionResult, float]:
    """Score a batch; return the execution's result, and the largest peak of a process in MB."""
    pipeline = scoring("us-east-1", session=session)
    pipeline.upsert()
    parameters = {"InputDataUrl": f"s3://{BUCKET}/{prefix}/", "FailOnViolation": False}
    watch = PeakMemory()
    execution = pipeline.start(parameters=parameters)
    execution.wait(delay=0.5)
    peak = watch.finish()
    ran = wait_for_end(session, execution.arn)
    assert ran.status == "Succeeded", ran
    return ran, peak


class PeakMemory(threading.Thread):
    """A thread that polls the processes of running jobs for their largest peak of memory (Linux)."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.peak, self.is_over = 0.0, False
        self.start()

    def run(self) -> None:
        while not self.is_over:
            for entry in Path("/proc").glob("[0-9]*"):
                try:
                    environment = entry.joinpath("environ").read_bytes()
                    status = entry.joinpath("status").read_text()
                except OSError:
                    continue
                if b"SAGEMAKER_BASE_DIR=" in environment and "VmHWM:" in status:
                    self.peak = max(self.peak, int(status.partition("VmHWM:")[2].split()[0]) / 1024)
            time.sleep(0.2)

    def finish(self) -> float:
        self.is_over = True
        self.join()
        return self.peak


def seconds(ran: ExecutionResult, *steps: str) -> float:
    return sum((ran.steps[name]["EndTime"] - ran.steps[name]["StartTime"]).total_seconds() for name in steps)


def run_peer(session: boto3.Session, source: Path, target: Path, writes: str) -> float:
    """Score the files of a folder with the script; return its seconds. It writes "all" columns or only "scores"."""
    client = session.client("sagemaker")
    arn = client.list_model_packages(ModelPackageGroupName="AbalonePackageGroup")["ModelPackageSummaryList"][0]
    package = client.describe_model_package(ModelPackageName=arn["ModelPackageArn"])
    uris = [
        package["InferenceSpecification"]["Containers"][0]["ModelDataUrl"],
        package["CustomerMetadataProperties"]["FeaturizerUri"],
    ]
    files = [target.parent / Path(uri).name for uri in uris]
    for uri, file in zip(uris, files, strict=True):
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        session.client("s3").download_file(bucket, key, str(file))
    began = time.perf_counter()
    command = [sys.executable, "-c", PEER, str(ROOT), *map(str, files), str(source), str(target), writes]
    subprocess.run(command, check=True)
    return time.perf_counter() - began


def main(rows: int = 10_000_000) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        session = local_sagemaker.session.open(folder / "root", project.config())
        approve_model(session)
        write_batch(session, "tenth", rows // 10, folder)
        source = write_batch(session, "all", rows, folder)
        scores_only = run_peer(session, source, folder / "scores", "scores")
        everything = run_peer(session, source, folder / "everything", "all")
        _, small = score(session, "tenth")
        ran, large = score(session, "all")
    result = {
        "rows": rows,
        "ratio": round(seconds(ran, *STEPS) / everything, 2),
        "to_scores_alone": round(seconds(ran, *STEPS) / scores_only, 2),
        "monitoring": round(seconds(ran, MONITORING) / everything, 2),
        "seconds": {name: round(seconds(ran, name), 1) for name in (*STEPS, MONITORING)} | {"by hand": everything},
        "peak_memory_mb": [round(small), round(large)],
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
