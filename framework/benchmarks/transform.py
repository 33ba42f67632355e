"""Compares a transform job of the built-in XGBoost with pyarrow and xgboost alone, and measures its memory.

    python framework/benchmarks/transform.py [ROWS] [COLUMNS]

Writes ROWS rows in 8 files and a model of 100 trees. Prints one JSON object: ``ratio`` is the job's time, from its
creation to its end, divided by that of a process that reads each file with pyarrow, predicts with xgboost and writes
the predictions, both on all cores; ``filtered`` is the time of the same job with InputFilter, join and OutputFilter,
divided by that of the process; ``two_instances`` is the time of two instances of one core each divided by that of one
instance of one core (with two cores or more); ``peak_memory_mb`` is the largest peak of one of the job's processes, at
ROWS and at 4 * ROWS.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import local_sagemaker.session
from local_sagemaker.testing import BUCKET, ROLE, XGBOOST

import numpy as np
import pyarrow as pa
import pyarrow.csv as csv
import xgboost as xgb

ROOT = Path(__file__).resolve().parents[2]
FILES = 8
PEER = """
import sys
from pathlib import Path
import numpy as np, pyarrow as pa, pyarrow.csv as csv, xgboost as xgb
model, target, *files = map(Path, sys.argv[1:])
booster = xgb.Booster(model_file=model)
for file in files:
    table = csv.read_csv(file, csv.ReadOptions(autogenerate_column_names=True))
    scores = booster.inplace_predict(np.column_stack([column.to_numpy() for column in table.columns]).astype("f4"))
    predictions = pa.table({"prediction": scores.astype("f8")})
    csv.write_csv(predictions, target / f"{file.name}.out", csv.WriteOptions(include_header=False))
"""


def write_rows(folder: Path, rows: int, columns: int) -> list[Path]:
    """Write ``rows`` rows in total, in files of equal size; return the files."""
    random = np.random.default_rng(0)
    for number in range(FILES):
        values = random.normal(size=(rows // FILES, columns)).round(4)
        table = pa.table([pa.array(values[:, n]) for n in range(columns)], names=[str(n) for n in range(columns)])
        csv.write_csv(table, folder / f"{number}.csv", csv.WriteOptions(include_header=False))
    return sorted(folder.iterdir())


def train(columns: int) -> xgb.Booster:
    random = np.random.default_rng(1)
    features = random.normal(size=(20_000, columns))
    target = features[:, 0] * features[:, 1] + random.normal(size=20_000)
    return xgb.train({"max_depth": 6, "nthread": 0}, xgb.DMatrix(features, label=target), 100)


def archive(model: Path) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        tar.add(model, "xgboost-model")
    return buffer.getvalue()


class Machine:
    """A root folder that has the inputs below s3://BUCKET/in, and a model."""

    def __init__(self, folder: Path, inputs: list[Path], model: Path):
        self.session = local_sagemaker.session.open(folder)
        self.client, self.jobs = self.session.client("sagemaker"), 0
        s3 = self.session.client("s3")
        for file in inputs:
            s3.upload_file(str(file), BUCKET, f"in/{file.name}")
        s3.put_object(Bucket=BUCKET, Key="model.tar.gz", Body=archive(model))
        container = {"Image": XGBOOST, "ModelDataUrl": f"s3://{BUCKET}/model.tar.gz"}
        self.client.create_model(ModelName="model", PrimaryContainer=container, ExecutionRoleArn=ROLE)

    def transform(self, instances: int = 1, **members: Any) -> tuple[float, float]:
        """Run a transform job; return its seconds, and the largest peak of a process in MB."""
        self.jobs += 1
        name = f"job-{self.jobs}"
        source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/in/"}}
        watch = PeakMemory(name)
        began = time.perf_counter()
        self.client.create_transform_job(
            TransformJobName=name,
            ModelName="model",
            TransformInput={"DataSource": source, "ContentType": "text/csv", "SplitType": "Line"},
            TransformOutput={"S3OutputPath": f"s3://{BUCKET}/out", "Accept": "text/csv", "AssembleWith": "Line"},
            TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": instances},
            **members,
        )
        while (job := self.client.describe_transform_job(TransformJobName=name))["TransformJobStatus"] == "InProgress":
            time.sleep(0.01)
        seconds = time.perf_counter() - began
        assert job["TransformJobStatus"] == "Completed", job.get("FailureReason")
        return seconds, watch.finish()


class PeakMemory(threading.Thread):
    """A thread that polls a job's processes for their largest peak of memory (Linux)."""

    def __init__(self, job: str):
        super().__init__(daemon=True)
        self.job, self.peak, self.is_over = job, 0.0, False
        self.start()

    def run(self) -> None:
        while not self.is_over:
            self.peak = max([self.peak, *self._peaks()])
            time.sleep(0.1)

    def finish(self) -> float:
        self.is_over = True
        self.join()
        return self.peak

    def _peaks(self) -> Iterator[float]:
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                text = entry.joinpath("cmdline").read_bytes() + entry.joinpath("environ").read_bytes()
                status = entry.joinpath("status").read_text() if b"local_sagemaker" in text else ""
            except OSError:
                continue
            is_of_job = f"/{self.job}/".encode() in text or b"SAGEMAKER_BATCH=" in text
            if is_of_job and "VmHWM:" in status:
                yield int(status.partition("VmHWM:")[2].split()[0]) / 1024


def run_peer(model: Path, target: Path, inputs: list[Path]) -> float:
    target.mkdir(exist_ok=True)
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", PEER, str(model), str(target), *map(str, inputs)], check=True)
    return time.perf_counter() - began


def main(rows: int = 1_000_000, columns: int = 20) -> None:
    result: dict[str, Any] = {"rows": rows, "columns": columns}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        model = folder / "model.ubj"
        train(columns).save_model(model)
        folders = {size: folder / str(size) for size in (rows, 4 * rows)}
        machines = {}
        for size, place in folders.items():
            place.mkdir()
            machines[size] = Machine(folder / f"root-{size}", write_rows(place, size, columns), model)
        inputs, machine = sorted(folders[rows].iterdir()), machines[rows]
        peer = min(run_peer(model, folder / "peer", inputs) for _ in range(3))
        result["ratio"] = round(min(machine.transform()[0] for _ in range(3)) / peer, 2)
        filters = {"JoinSource": "Input", "OutputFilter": "$[0,-1]"}
        result["filtered"] = min(machine.transform(DataProcessing=filters)[0] for _ in range(2)) / peer
        result["peak_memory_mb"] = [round(machines[size].transform()[1]) for size in folders]
        cores = sorted(os.sched_getaffinity(0))
        if len(cores) > 1:
            os.sched_setaffinity(0, cores[:1])
            one_instance = min(machine.transform()[0] for _ in range(2))
            os.sched_setaffinity(0, cores[:2])
            result["two_instances"] = min(machine.transform(instances=2)[0] for _ in range(2)) / one_instance
    print(json.dumps(result, default=float))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
