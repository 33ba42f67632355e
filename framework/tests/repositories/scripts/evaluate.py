"""Computes the mean squared error on the test rows with the pickled model of an XGBoost image before 1.3."""

import json
import pathlib
import pickle
import tarfile

import numpy as np
import pandas as pd
import xgboost

if __name__ == "__main__":
    with tarfile.open("/opt/ml/processing/model/model.tar.gz") as tar:
        tar.extractall(path=".", filter="data")
    with open("xgboost-model", "rb") as file:
        model = pickle.load(file)
    rows = pd.read_csv("/opt/ml/processing/test/test.csv", header=None)
    errors = rows.iloc[:, 0] - model.predict(xgboost.DMatrix(rows.iloc[:, 1:].values))
    metrics = {"mse": {"value": float(np.mean(errors**2)), "standard_deviation": float(np.std(errors))}}
    folder = pathlib.Path("/opt/ml/processing/evaluation")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "evaluation.json").write_text(json.dumps({"regression_metrics": metrics}))
