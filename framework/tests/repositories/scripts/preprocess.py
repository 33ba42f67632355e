"""Splits and encodes the data: paths below /opt/ml are written into the code, and boto3 downloads the data."""

import argparse
import os
import pathlib

import boto3
import numpy as np
import pandas as pd

NAMES = ["sex", "length", "diameter", "height", "whole", "shucked", "viscera", "shell", "rings"]

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--input-data", required=True)
    arguments = parser.parse_args()
    base = "/opt/ml/processing"
    pathlib.Path(f"{base}/data").mkdir(parents=True, exist_ok=True)
    bucket, key = arguments.input_data.removeprefix("s3://").split("/", 1)
    boto3.resource("s3").Bucket(bucket).download_file(key, f"{base}/data/abalone.csv")
    rows = pd.read_csv(f"{base}/data/abalone.csv", header=None, names=NAMES)
    os.unlink(f"{base}/data/abalone.csv")
    features = pd.concat([rows[NAMES[1:-1]], pd.get_dummies(rows["sex"], dtype=float)], axis=1)
    table = np.column_stack([rows["rings"], features])
    table = table[np.random.default_rng(7).permutation(len(table))]
    train, validation, test = np.split(table, [int(0.7 * len(table)), int(0.85 * len(table))])
    for name, part in {"train": train, "validation": validation, "test": test}.items():
        pathlib.Path(f"{base}/{name}").mkdir(parents=True, exist_ok=True)
        pd.DataFrame(part).to_csv(f"{base}/{name}/{name}.csv", header=False, index=False)
