"""Tests the interface to a model: the requests that it gets, and how its answers are read."""

from __future__ import annotations

import http.server
import json
import threading

from model_monitor.monitor_error import MonitorError
from model_monitor.predictions.http import open_endpoint
from model_monitor.predictions.predictor import Predictor
from model_monitor.predictions.requests import MAX_BYTES
from model_monitor.predictions.rows import Rows

import pyarrow as pa
import pytest

NAMES = ["size", "sex"]
ROWS = Rows.of([pa.array(["1", "2.50", None]), pa.array(["F", 'a,"b"', "M"])])


@pytest.fixture
def bodies():
    return []


@pytest.fixture
def predictor(bodies):
    """A function that makes a predictor from a model's answer; request bodies are recorded in ``bodies``."""

    def make(answer, names=NAMES, **settings):
        def invoke(body, content_type, accept):
            bodies.append(body.decode())
            return answer(body) if callable(answer) else answer

        return Predictor.of(invoke, settings, "text/csv", names)

    return make


@pytest.mark.parametrize(
    ("settings", "body"),
    [
        ({}, '1,F\n2.50,"a,""b"""\n,M\n'),
        (
            {"content_type": "application/jsonlines", "content_template": '{"features":$features}'},
            '{"features":[1,"F"]}\n{"features":[2.50,"a,\\"b\\""]}\n{"features":[null,"M"]}\n',
        ),
        (
            {
                "content_type": "application/json",
                "content_template": '{"rows":$records}',
                "record_template": "$features_kvp",
            },
            '{"rows":[{"size":1,"sex":"F"},{"size":2.50,"sex":"a,\\"b\\""},{"size":null,"sex":"M"}]}',
        ),
        (
            {
                "content_type": "application/json",
                "content_template": "$records",
                "record_template": '{"s": "${sex}", "names": $feature_names, "x": $features}',
            },
            '[{"s": "F", "names": ["size", "sex"], "x": [1,"F"]},'
            '{"s": "a,\\"b\\"", "names": ["size", "sex"], "x": [2.50,"a,\\"b\\""]},'
            '{"s": "M", "names": ["size", "sex"], "x": [null,"M"]}]',
        ),
    ],
)
def test_rows_follow_the_templates_and_cells_are_unchanged(predictor, bodies, settings, body):
    predictor(b"1\n2\n3\n", accept_type="text/csv", **settings).scores(ROWS)

    assert bodies == [body]
    if settings.get("content_type") == "application/json":
        json.loads(body)


def test_a_template_for_one_record_sends_each_record_in_its_own_request(predictor, bodies):
    settings = {
        "content_type": "application/json",
        "content_template": '{"x": $record}',
        "record_template": "$features",
    }

    scores = predictor(lambda body: json.dumps({"p": len(body)}).encode(), probability="p", **settings).scores(ROWS)

    assert bodies == ['{"x": [1,"F"]}', '{"x": [2.50,"a,\\"b\\""]}', '{"x": [null,"M"]}']
    assert scores[:, 0].tolist() == [len(body) for body in bodies]


def test_requests_are_split_at_the_endpoints_limit_and_answers_keep_their_order(predictor, bodies):
    wide = Rows.of([pa.array([str(n) + "." + "0" * 1500 for n in range(9000)])])

    scores = predictor(lambda body: b"\n".join(line[:20] for line in body.split()), ["x"]).scores(wide)

    assert len(bodies) > 2
    assert max(map(len, bodies)) <= MAX_BYTES
    assert scores[:, 0].tolist() == list(range(9000))


@pytest.mark.parametrize(
    ("answer", "settings", "scores"),
    [
        (b"0.1\n0.2\n0.3\n", {}, [[0.1], [0.2], [0.3]]),
        (b"0.1,0.2,0.3", {}, [[0.1], [0.2], [0.3]]),
        (b"a,0.1\nb,0.2\nc,0.3", {"probability": 1}, [[0.1], [0.2], [0.3]]),
        (b"0.9,0.1\n0.8,0.2\n0.7,0.3\n", {}, [[0.9, 0.1], [0.8, 0.2], [0.7, 0.3]]),
        (b"0.9,0.1\n0.8,0.2\n0.7,0.3\n", {"probability": 1}, [[0.1], [0.2], [0.3]]),
        (b'"[0.9, 0.1]"\n"[0.8, 0.2]"\n"[0.7, 0.3]"\n', {"probability": 0}, [[0.9, 0.1], [0.8, 0.2], [0.7, 0.3]]),
        (
            b'{"s":0.1}\n{"s":0.2}\n{"s":0.3}\n',
            {"accept_type": "application/jsonlines", "label": "s"},
            [[0.1], [0.2], [0.3]],
        ),
        (
            b'{"p":[{"s":1},{"s":2},{"s":3}]}',
            {"accept_type": "application/json", "probability": "p[*].s"},
            [[1], [2], [3]],
        ),
        (b"[1, 2, 3]", {"accept_type": "application/json"}, [[1], [2], [3]]),
    ],
)
def test_scores_are_read_from_every_format(predictor, answer, settings, scores):
    assert predictor(answer, **settings).scores(ROWS).tolist() == scores


@pytest.mark.parametrize(
    ("answer", "settings", "labels"),
    [
        (b"cat,0.9\ndog,0.8\ncat,0.7\n", {"label": 0}, ["cat", "dog", "cat"]),
        (b"0.9\n0.2\n0.5\n", {}, ["0.9", "0.2", "0.5"]),
        (b"0.9,0.1\n0.3,0.7\n0.6,0.4\n", {"label_headers": ["cat", "dog"]}, ["cat", "dog", "cat"]),
        (
            b"".join(b"\"['cat', 'dog']\",\"[%.1f, %.1f]\"\n" % pair for pair in ((0.9, 0.1), (0.2, 0.8), (0.6, 0.4))),
            {"label": 0, "probability": 1},
            ["cat", "dog", "cat"],
        ),
        (
            b'{"l":["a","b"],"p":[1,0]}\n{"l":["a","b"],"p":[0,1]}\n{"l":["a","b"],"p":[1,0]}\n',
            {"accept_type": "application/jsonlines", "label": "l", "probability": "p"},
            ["a", "b", "a"],
        ),
    ],
)
def test_labels_are_read_from_every_format(predictor, answer, settings, labels):
    assert predictor(answer, **settings).labels(ROWS).to_pylist() == labels


@pytest.mark.parametrize(
    ("answer", "settings", "message"),
    [
        (b"0.1\n0.2\n", {}, "the model returned 2 predictions for 3 rows"),
        (b"", {}, "the model returned 0 predictions for 3 rows"),
        (b"0.1\nold\n0.3\n", {}, "the model returned 'old' instead of a score"),
        (b"0.1\nnan\n0.3\n", {}, "'nan' instead of a score"),
        (b"0.1\n0.2,0.3\n0.3\n", {}, "the model returned different numbers of scores per row"),
        (b"0.1\n0.2\n0.3\n", {"probability": 4}, "which has no column 4"),
        (b"oh no", {"accept_type": "application/json"}, "the model's answer 'oh no' is not application/json"),
        (b"\xff\xfe", {}, "is not text/csv"),
        (
            b'{"a":1}\n{"a":1}\n{"a":1}',
            {"accept_type": "application/jsonlines", "label": "b"},
            "returned None instead of a score",
        ),
        (
            b'{"a":1}\n{"a":1}\n{"a":1}',
            {"accept_type": "application/jsonlines", "label": "]["},
            "cannot be used as JMESPath",
        ),
    ],
)
def test_an_invalid_answer_is_reported(predictor, answer, settings, message):
    with pytest.raises(MonitorError) as error:
        predictor(answer, **settings).scores(ROWS)

    assert message in str(error.value)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"content_type": "application/jsonlines"}, "predictor.content_template must have the placeholder $features"),
        ({"content_type": "application/json", "content_template": "$records"}, "predictor.record_template must have"),
        (
            {"content_type": "application/json", "content_template": "$records", "record_template": '"${age}"'},
            "record_template names 'age', which is not a feature (size, sex)",
        ),
        (
            {"content_type": "application/json", "content_template": "$records", "record_template": "$nothing"},
            "has no placeholder for the features",
        ),
    ],
)
def test_an_invalid_template_is_refused(predictor, settings, message):
    with pytest.raises(MonitorError) as error:
        predictor(b"", **settings)

    assert message in str(error.value)


@pytest.fixture
def urls():
    """The URLs of two models in sequence: the first doubles, the second adds 1, but rejects numbers above 100."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            value = float(self.rfile.read(int(self.headers["Content-Length"])))
            refuses = self.path == "/second" and value > 100
            answer = b"too large" if refuses else str(value * 2 if self.path == "/first" else value + 1).encode()
            self.send_response(400 if refuses else 200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format, *args):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        server_url = f"http://127.0.0.1:{server.server_port}"
        yield f"{server_url}/first {server_url}/second"
        server.shutdown()


def test_served_models_are_called_one_after_the_other(urls):
    invoke = open_endpoint(urls)

    assert invoke(b"20", "text/csv", "text/csv") == b"41.0"
    with pytest.raises(MonitorError, match="/second returned 400: too large"):
        invoke(b"60", "text/csv", "text/csv")
    assert invoke(b"1", "text/csv", "text/csv") == b"3.0"


@pytest.mark.parametrize(
    ("url", "message"), [("ftp://x/y", "is not the URL of a served model"), ("http://127.0.0.1:9/", "does not answer")]
)
def test_an_unreachable_model_is_reported(url, message):
    with pytest.raises(MonitorError, match=message):
        open_endpoint(url)(b"1", "text/csv", "text/csv")
