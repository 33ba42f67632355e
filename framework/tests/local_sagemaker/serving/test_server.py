"""Tests that serving containers fulfil their contract over real HTTP: built-in algorithm, scripts, invalid requests."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from local_sagemaker.testing import archive

import numpy as np
import pytest
import xgboost as xgb
from model_server import Server
from paths import PYTHONPATH, ROOT

FEATURES = np.random.default_rng(0).normal(size=(50, 3)).astype("f4")
ROWS = "".join(f"{a!r},{b!r},{c!r}\n" for a, b, c in FEATURES.tolist()).encode()


def booster(seed=0, **parameters):
    target = FEATURES[:, 0] + np.random.default_rng(seed).normal(size=50)
    return xgb.train({"seed": seed, **parameters}, xgb.DMatrix(FEATURES, label=target), 5)


def mean_predictions(*boosters):
    return np.mean([b.predict(xgb.DMatrix(FEATURES)) for b in boosters], axis=0, dtype=np.float32).tolist()


def documented_commands():
    """Return the commands of docs/transform.md that call a model by hand."""
    text = (ROOT / "docs" / "transform.md").read_text()
    return re.search(r"^```\n(mkdir .*?)^```$", text, re.DOTALL | re.MULTILINE)[1]


def test_the_documented_commands_call_a_model_by_hand(tmp_path):
    model = booster()
    tmp_path.joinpath("model.tar.gz").write_bytes(archive({"xgboost-model": bytes(model.save_raw())}))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    lines = documented_commands().replace("8081", str(port)).replace("python", sys.executable).splitlines()
    shell = f"{lines[0]} && exec env {lines[1]}"
    environment = {**os.environ, "PYTHONPATH": PYTHONPATH}
    process = subprocess.Popen(["bash", "-c", shell], cwd=tmp_path, env=environment)
    server = Server.__new__(Server)
    server.process, server.port = process, port
    try:
        assert server.wait() == 200
        assert server.invoke(ROWS) == (200, ",".join(map(str, mean_predictions(model))).encode())
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def start_server(tmp_path):
    """Start a server of an image with these files of a model; stop it after the test."""
    servers = []

    def start(image, files, **variables):
        for name, content in files.items():
            path = tmp_path / "model" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        servers.append(Server(image, tmp_path, **variables))
        return servers[-1]

    yield start
    for server in servers:
        server.process.kill()
        server.process.communicate()


def test_the_built_in_algorithm_answers_like_awss_server(start_server):
    model = booster()
    server = start_server("xgboost", {"xgboost-model": bytes(model.save_raw())})
    server.wait()
    scores = mean_predictions(model)

    assert server.request("GET", "/ping")[0] == 200
    status, body = server.request("GET", "/execution-parameters")
    assert (status, json.loads(body)["BatchStrategy"]) == (200, "MULTI_RECORD")
    assert server.invoke(ROWS) == (200, ",".join(map(str, scores)).encode())
    assert json.loads(server.invoke(ROWS, accept="application/json")[1]) == {
        "predictions": [{"score": s} for s in scores]
    }
    lines = server.invoke(ROWS, accept="application/jsonlines")[1].splitlines()
    assert [json.loads(line)["score"] for line in lines] == scores
    assert server.invoke(b"") == (204, b"")


@pytest.mark.parametrize(
    ("body", "headers", "status", "message"),
    [
        (b"1,2,x\n", {}, 400, "line 1, column 3: 'x' is not a number"),
        (b"1,2,3\r4,5,6", {}, 400, "the request cannot be read as CSV"),
        (b"1,2\n", {}, 400, "2 columns, but the model has 3 features"),
        (b"9,1,2,3\n", {}, 400, "is the label still there? InputFilter $[1:] removes it"),
        (b"1,2,3\n1,2\n", {}, 400, "line 2: 2 columns, expected 3"),
        (b"1,2,3\n", {"content_type": "image/png"}, 415, "content type 'image/png' is not supported here"),
        (b"1,2,3\n", {"accept": "image/png"}, 406, "accept 'image/png' is not supported"),
    ],
)
def test_an_invalid_request_is_answered_with_the_reason(start_server, body, headers, status, message):
    server = start_server("xgboost", {"xgboost-model": bytes(booster().save_raw())})
    server.wait()

    answer_status, answer = server.invoke(body, **headers)

    assert answer_status == status
    assert message in answer.decode()
    assert server.invoke(b"1,2,3\n")[0] == 200


@pytest.mark.parametrize(
    ("header", "status"),
    [("Transfer-Encoding: chunked", 411), ("X: y", 411), ("Content-Length: -1", 411), ("Content-Length: 99", 400)],
)
def test_a_body_with_a_wrong_or_missing_length_is_refused(start_server, header, status):
    server = start_server("xgboost", {"xgboost-model": bytes(booster().save_raw())})
    server.wait()

    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        connection.sendall(f"POST /invocations HTTP/1.1\r\nHost: x\r\n{header}\r\n\r\n1,2,3\n".encode())
        connection.shutdown(socket.SHUT_WR)
        answer = connection.recv(4096)

    assert answer.startswith(f"HTTP/1.1 {status} ".encode())
    assert server.invoke(ROWS)[0] == 200


@pytest.mark.parametrize("port", ["abc", "70000", ""])
def test_an_invalid_port_is_reported(start_server, port):
    server = start_server("xgboost", {"xgboost-model": bytes(booster().save_raw())}, PORT_GIVEN=port)

    output, _ = server.process.communicate(timeout=60)

    assert server.process.returncode == 1
    assert f"ERROR SAGEMAKER_BIND_TO_PORT is '{port}', which cannot be listened on" in output


def test_several_models_are_averaged_with_a_warning(start_server):
    models = [booster(seed) for seed in (1, 2)]
    server = start_server("xgboost", {f"model-{n}": bytes(model.save_raw()) for n, model in enumerate(models)})
    server.wait()

    assert server.invoke(ROWS) == (200, ",".join(map(str, mean_predictions(*models))).encode())
    assert "WARNING the model has 2 files, whose predictions are averaged: model-0, model-1" in server.end()


def test_a_linear_model_predicts(start_server):
    model = booster(booster="gblinear")
    server = start_server("xgboost", {"xgboost-model": bytes(model.save_raw())})
    server.wait()

    assert server.invoke(ROWS) == (200, ",".join(map(str, mean_predictions(model))).encode())


def test_several_classes_are_written_like_awss_server(start_server):
    labels = np.arange(50) % 3
    model = xgb.train({"objective": "multi:softprob", "num_class": 3}, xgb.DMatrix(FEATURES, label=labels), 3)
    server = start_server("xgboost", {"xgboost-model": bytes(model.save_raw())}, SAGEMAKER_BATCH="true")
    server.wait()

    expected = "".join(f"{row}\n" for row in model.predict(xgb.DMatrix(FEATURES)).tolist())
    assert server.invoke(ROWS) == (200, expected.encode())


@pytest.mark.parametrize(
    ("image", "files", "variables", "message"),
    [
        ("xgboost", {"code/x": ""}, {}, "the model has no file at its top"),
        (
            "xgboost",
            {"featurizer.json": "{}"},
            {},
            "'featurizer.json' is not an XGBoost model: ",
        ),
        ("xgboost", {"xgboost-model": b""}, {}, "'xgboost-model' is empty; the server loads every file of the model"),
        (
            "xgboost",
            {"xgboost-model": bytes(booster().save_raw())},
            {"SAGEMAKER_INFERENCE_OUTPUT": "predicted_label"},
            "SAGEMAKER_INFERENCE_OUTPUT is set, but it is not supported here",
        ),
        ("scikit_learn", {"model.joblib": ""}, {}, "a scikit-learn model is loaded by a script"),
        ("scikit_learn", {"m": ""}, {"SAGEMAKER_PROGRAM": "inference.py"}, "the script inference.py is not in"),
        (
            "scikit_learn",
            {"code/inference.py": "1 / 0"},
            {"SAGEMAKER_PROGRAM": "inference.py"},
            "inference.py failed while it was loaded: ZeroDivisionError",
        ),
        (
            "scikit_learn",
            {"code/inference.py": "x = 1"},
            {"SAGEMAKER_PROGRAM": "inference.py"},
            "has no function model_fn(model_dir)",
        ),
        (
            "scikit_learn",
            {"code/inference.py": "def transform_fn(*a): 1\ndef input_fn(*a): 1\ndef model_fn(d): 1"},
            {"SAGEMAKER_PROGRAM": "inference.py"},
            "the script has transform_fn and input_fn; define only one of the two ways",
        ),
    ],
)
def test_a_model_that_cannot_be_loaded_is_reported(start_server, image, files, variables, message):
    server = start_server(image, files, **variables)

    output, _ = server.process.communicate(timeout=60)

    assert server.process.returncode == 1
    assert message in output


SCRIPT = """
import json, pathlib
LOADED = []
def model_fn(model_dir):
    LOADED.append(1)
    factor = json.loads(pathlib.Path(model_dir, "factor.json").read_text())
    class Model:
        def predict(self, data):
            return data[:, 0] * factor + len(LOADED)
    return Model()
"""


def test_a_script_needs_only_model_fn_which_is_called_once(start_server):
    files = {"factor.json": "2", "code/inference.py": SCRIPT}
    server = start_server("scikit_learn", files, SAGEMAKER_PROGRAM="inference.py")
    server.wait()

    assert server.invoke(b"1,5\n2,5\n") == (200, b"3.0\n5.0\n")
    assert server.invoke(b"[[4, 0]]", content_type="application/json", accept="application/json") == (200, b"[9.0]")
    assert server.invoke(b"1,2\n", accept="image/png")[0] == 406


def test_a_scripts_functions_get_the_toolkits_arguments(start_server):
    script = """
def model_fn(model_dir, context): return "model"
def input_fn(body, content_type): return [type(body).__name__, content_type]
def predict_fn(data, model): return [*data, model]
def output_fn(prediction, accept): return ",".join([*prediction, accept]), "text/x-mine"
"""
    server = start_server("scikit_learn", {"code/mine.py": script}, SAGEMAKER_PROGRAM="mine.py")
    server.wait()

    assert server.invoke(b"1\n") == (200, b"str,text/csv,model,text/csv")
    assert server.invoke(b"1", content_type="image/png", accept="a/b") == (200, b"bytes,image/png,model,a/b")


def test_a_script_handles_one_request_at_a_time(start_server):
    script = """
import threading, time
BUSY = threading.Lock()
def model_fn(d): return 1
def transform_fn(*_):
    if not BUSY.acquire(blocking=False):
        return "at the same time"
    time.sleep(0.05)
    BUSY.release()
    return "alone"
"""
    server = start_server("scikit_learn", {"code/mine.py": script}, SAGEMAKER_PROGRAM="mine.py")
    server.wait()

    with ThreadPoolExecutor(6) as pool:
        answers = set(pool.map(lambda _: server.invoke(b"1"), range(12)))

    assert answers == {(200, b"alone")}


def test_an_answer_that_is_neither_string_nor_bytes_is_reported(start_server):
    script = "import numpy\ndef model_fn(d): return 1\ndef transform_fn(m, b, c, a, threshold=1): return numpy.ones(2)"
    server = start_server("scikit_learn", {"code/mine.py": script}, SAGEMAKER_PROGRAM="mine.py")
    server.wait()

    assert server.invoke(b"1") == (500, b"TypeError: the script's answer is a ndarray; it must be a string or bytes")


def test_in_a_transform_job_the_algorithm_answers_one_line_per_row_for_any_accept(start_server):
    model = booster()
    server = start_server("xgboost", {"xgboost-model": bytes(model.save_raw())}, SAGEMAKER_BATCH="true")
    server.wait()

    expected = "".join(f"{score}\n" for score in mean_predictions(model)).encode()
    assert server.invoke(ROWS, accept="application/jsonlines") == server.invoke(ROWS) == (200, expected)


def test_a_scripts_exception_fails_only_its_request(start_server):
    script = "def model_fn(d): return 1\ndef transform_fn(model, body, kind, accept): return str(10 / int(body))"
    server = start_server("scikit_learn", {"code/mine.py": script}, SAGEMAKER_PROGRAM="mine.py")
    server.wait()

    assert server.invoke(b"0") == (500, b"ZeroDivisionError: division by zero")
    assert server.invoke(b"5") == (200, b"2.0")


def test_a_script_can_use_the_default_functions_for_an_xgboost_model(start_server):
    model = booster()
    script = """
import os, xgboost
def model_fn(model_dir): return xgboost.Booster(model_file=os.path.join(model_dir, "mine.ubj"))
"""
    files = {"mine.ubj": bytes(model.save_raw()), "code/inference.py": script}
    server = start_server("xgboost", files, SAGEMAKER_PROGRAM="inference.py")
    server.wait()

    status, body = server.invoke(ROWS)
    assert status == 200
    assert [float(line) for line in body.split()] == pytest.approx(mean_predictions(model))
