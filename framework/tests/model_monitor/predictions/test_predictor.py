"""The door to a model: what it is sent, and what is made of its answers."""

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
def sent():
    return []


@pytest.fixture
def predictor(sent):
    """A predictor whose model answers so; bodies are kept in ``sent``."""

    def make(answer, names=NAMES, **settings):
        def invoke(body, content_type, accept):
            sent.append(body.decode())
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
def test_rows_are_sent_as_the_templates_say_and_cells_as_they_were(predictor, sent, settings, body):
    predictor(b"1\n2\n3\n", accept_type="text/csv", **settings).scores(ROWS)

    assert sent == [body]
    if settings.get("content_type") == "application/json":
        json.loads(body)


def test_a_template_for_one_record_makes_a_request_of_each(predictor, sent):
    settings = {
        "content_type": "application/json",
        "content_template": '{"x": $record}',
        "record_template": "$features",
    }

    found = predictor(lambda body: json.dumps({"p": len(body)}).encode(), probability="p", **settings).scores(ROWS)

    assert sent == ['{"x": [1,"F"]}', '{"x": [2.50,"a,\\"b\\""]}', '{"x": [null,"M"]}']
    assert found[:, 0].tolist() == [len(body) for body in sent]


def test_a_request_is_no_larger_than_an_endpoint_takes_and_answers_keep_their_order(predictor, sent):
    wide = Rows.of([pa.array([str(n) + "." + "0" * 1500 for n in range(9000)])])

    found = predictor(lambda body: b"\n".join(line[:20] for line in body.split()), ["x"]).scores(wide)

    assert len(sent) > 2
    assert max(map(len, sent)) <= MAX_BYTES
    assert found[:, 0].tolist() == list(range(9000))


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
def test_scores_are_found_in_answers_of_all_kinds(predictor, answer, settings, scores):
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
def test_labels_are_found_too(predictor, answer, settings, labels):
    assert predictor(answer, **settings).labels(ROWS).to_pylist() == labels


@pytest.mark.parametrize(
    ("answer", "settings", "said"),
    [
        (b"0.1\n0.2\n", {}, "the model answered 2 predictions to 3 rows"),
        (b"", {}, "the model answered 0 predictions to 3 rows"),
        (b"0.1\nold\n0.3\n", {}, "the model answers 'old', where a score belongs"),
        (b"0.1\nnan\n0.3\n", {}, "where a score belongs"),
        (b"0.1\n0.2,0.3\n0.3\n", {}, "the model's answers differ in how many scores they have"),
        (b"0.1\n0.2\n0.3\n", {"probability": 4}, "there is no column 4"),
        (b"oh no", {"accept_type": "application/json"}, "the model's answer 'oh no' is no application/json"),
        (b"\xff\xfe", {}, "is no text/csv"),
        (b'{"a":1}\n{"a":1}\n{"a":1}', {"accept_type": "application/jsonlines", "label": "b"}, "None, where a score"),
        (
            b'{"a":1}\n{"a":1}\n{"a":1}',
            {"accept_type": "application/jsonlines", "label": "]["},
            "cannot be used as JMESPath",
        ),
    ],
)
def test_an_answer_that_is_none_is_told(predictor, answer, settings, said):
    with pytest.raises(MonitorError) as error:
        predictor(answer, **settings).scores(ROWS)

    assert said in str(error.value)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"content_type": "application/jsonlines"}, "predictor.content_template must have the placeholder $features"),
        ({"content_type": "application/json", "content_template": "$records"}, "predictor.record_template must have"),
        (
            {"content_type": "application/json", "content_template": "$records", "record_template": '"${age}"'},
            "record_template names 'age', which is no feature (size, sex)",
        ),
        (
            {"content_type": "application/json", "content_template": "$records", "record_template": "$nothing"},
            "has no placeholder for the features",
        ),
    ],
)
def test_a_template_that_cannot_be_is_told(predictor, settings, said):
    with pytest.raises(MonitorError) as error:
        predictor(b"", **settings)

    assert said in str(error.value)


@pytest.fixture
def urls():
    """Two models, one after the other: the first doubles, the second refuses what is above 100."""

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
        here = f"http://127.0.0.1:{server.server_port}"
        yield f"{here}/first {here}/second"
        server.shutdown()


def test_models_that_are_served_are_asked_one_after_the_other(urls):
    invoke = open_endpoint(urls)

    assert invoke(b"20", "text/csv", "text/csv") == b"41.0"
    with pytest.raises(MonitorError, match="/second answers 400: too large"):
        invoke(b"60", "text/csv", "text/csv")
    assert invoke(b"1", "text/csv", "text/csv") == b"3.0"


@pytest.mark.parametrize(
    ("url", "said"), [("ftp://x/y", "is no URL of a served model"), ("http://127.0.0.1:9/", "does not answer")]
)
def test_a_model_that_is_not_there_is_told(url, said):
    with pytest.raises(MonitorError, match=said):
        open_endpoint(url)(b"1", "text/csv", "text/csv")
