"""Test each format as chunks: the same rows give the same documents, whatever format stores them."""

from __future__ import annotations

import bz2
import gzip
import json

from model_monitor.data_quality.analysis import analyse
from model_monitor.monitor_error import MonitorError
from model_monitor.tables.dataset import Dataset

import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

ROWS = [("1", "2.5", "red"), ("2", "", "blue"), ("3", "1e3", 'a "quoted", one\nin two lines'), ("4", "-0.5", "ü")]
CSV = 'id,size,colour\n1,2.5,red\n2,,blue\n3,1e3,"a ""quoted"", one\nin two lines"\n4,-0.5,ü\n'


def features(dataset):
    return analyse(dataset).documents["statistics.json"]["features"]


def test_fields_may_hold_commas_quotes_and_line_breaks(csv):
    identifier, size, colour = features(csv(CSV))

    assert identifier["inferred_type"] == "Integral"
    assert size["numerical_statistics"]["common"] == {"num_present": 3, "num_missing": 1}
    assert size["numerical_statistics"]["max"] == 1000.0
    values = {b["value"] for b in colour["string_statistics"]["distribution"]["categorical"]["buckets"]}
    assert values == {row[2] for row in ROWS}


def test_without_a_header_columns_are_numbered(csv):
    dataset = csv(CSV.partition("\n")[2], header=False)

    assert [f["name"] for f in features(dataset)] == ["_c0", "_c1", "_c2"]


def test_missing_and_duplicate_names_get_the_columns_number(csv):
    assert [f["name"] for f in features(csv("a,,A,b\n1,2,3,4\n"))] == ["a0", "_c1", "A2", "b"]


def test_a_byte_order_mark_and_windows_line_ends_are_ignored(csv):
    (column,) = features(csv("\ufeffage\r\n1\r\n2\r\n"))

    assert (column["name"], column["inferred_type"]) == ("age", "Integral")


@pytest.mark.parametrize(("suffix", "pack"), [(".gz", gzip.compress), (".bz2", bz2.compress)])
def test_compressed_files_are_decompressed(csv, tmp_path, suffix, pack):
    tmp_path.joinpath(f"data.csv{suffix}").write_bytes(pack(CSV.encode()))

    packed = Dataset(tmp_path / f"data.csv{suffix}", {"csv": {"header": True}})

    assert features(packed) == features(csv(CSV))


def test_a_folders_files_are_one_dataset_without_hidden_files(csv, tmp_path):
    head, _, lines = CSV.partition("\n")
    first, last = lines.rsplit("\n4", 1)
    csv(f"{head}\n{first}\n", "folder/a.csv")
    csv(f"{head}\n4{last}", "folder/deep/b.csv")
    csv("not data", "folder/_SUCCESS")

    assert features(Dataset(tmp_path / "folder", {"csv": {"header": True}})) == features(csv(CSV))


def test_json_lines_keep_digits_of_numbers_and_order_columns_by_name(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text('{"b": 1.0, "a": true}\n\n{"b": 2.50, "c": "x"}\n{"c": null}\n')

    columns = {f["name"]: f for f in features(Dataset(path, {"json": {"lines": True}}))}

    assert list(columns) == ["a", "b", "c"]
    assert columns["b"]["inferred_type"] == "Fractional"
    assert columns["b"]["numerical_statistics"]["common"] == {"num_present": 2, "num_missing": 1}
    assert columns["c"]["string_statistics"]["common"] == {"num_present": 1, "num_missing": 2}


def test_parquet_columns_keep_their_stored_types(tmp_path):
    path = tmp_path / "rows.parquet"
    table = pa.table({
        "whole": pa.array([1, 2, None], pa.int32()), "real": [0.5, float("nan"), 2.0], "text": ["a", "b", "a"],
        "coded": pa.array(["x", "y", "x"]).dictionary_encode(),
    })  # fmt: skip
    parquet.write_table(table, path)

    columns = {f["name"]: f for f in features(Dataset(path, {"parquet": {}}))}

    assert [f["inferred_type"] for f in columns.values()] == ["Integral", "Fractional", "String", "String"]
    assert columns["real"]["numerical_statistics"]["common"] == {"num_present": 2, "num_missing": 1}
    assert columns["coded"]["string_statistics"]["distinct_count"] == 2.0


def capture_record(request, response, encoding="CSV"):
    data = {"endpointInput": request, "endpointOutput": response}
    return json.dumps({
        "captureData": {name: {"data": text, "encoding": encoding} for name, text in data.items()},
        "eventMetadata": {"eventId": "1"}, "eventVersion": "0",
    })  # fmt: skip


@pytest.mark.parametrize(
    ("options", "maxima"),
    [
        ({}, [0.9, 3.0, 6.0]),
        ({"output_columns_position": "END"}, [3.0, 6.0, 0.9]),
        ({"captureIndexNames": ["endpointInput"]}, [3.0, 6.0]),
    ],
)
def test_captured_records_have_the_response_and_the_request(tmp_path, options, maxima):
    path = tmp_path / "capture.jsonl"
    path.write_text(capture_record("1,2\n3,4", "0.5\n0.25") + "\n" + capture_record("2,6", "0.9") + "\n")

    columns = features(Dataset(path, {"sagemakerCaptureJson": options}))

    assert [f["name"] for f in columns] == [f"_c{n}" for n in range(len(maxima))]
    assert [f["numerical_statistics"]["max"] for f in columns] == maxima


def test_captured_json_keeps_its_names(tmp_path):
    path = tmp_path / "capture.jsonl"
    path.write_text(capture_record('{"age": 3}', '{"score": 0.5}', "JSON"))

    assert [f["name"] for f in features(Dataset(path, {"sagemakerCaptureJson": {}}))] == ["score", "age"]


def test_json_lines_in_one_record_are_rows(tmp_path):
    path = tmp_path / "capture.jsonl"
    path.write_text(capture_record('{"a": 1, "b": 2}\n{"a": 3, "b": 4}\n', '{"score": 0.1}\n{"score": 0.9}', "JSON"))

    columns = features(Dataset(path, {"sagemakerCaptureJson": {}}))

    assert [(f["name"], f["numerical_statistics"]["sum"]) for f in columns] == [("score", 1.0), ("a", 4.0), ("b", 6.0)]


def test_records_of_a_batch_transform_are_read_like_an_endpoints(tmp_path):
    record = capture_record("1,2", "0.7")
    (tmp_path / "a.jsonl").write_text(record)
    (tmp_path / "b.jsonl").write_text(record.replace("endpoint", "batchTransform"))

    endpoint_features, transform_features = (
        features(Dataset(tmp_path / f, {"sagemakerCaptureJson": {}})) for f in ("a.jsonl", "b.jsonl")
    )

    assert endpoint_features == transform_features


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (capture_record("1", "2", "BASE64"), "encoded as 'BASE64'; capture it as CSV or JSON"),
        (capture_record("1\n2", "2"), "endpointOutput has 1, endpointInput has 2 rows"),
        (
            '{"captureData": {"endpointInput": {"data": "1", "encoding": "CSV"}}}',
            "there is no endpointOutput; the record has endpointInput",
        ),
        ('{"other": 1}', "not a capture record"),
        ("{", "not a capture record"),
        ("[" * 100_000, "not a capture record"),
        (capture_record("1,2", "2"), "3 columns, but the records before it have 2"),
        (capture_record('{"a": 1}', '{"a": 2}', "JSON"), "request and response both have a"),
        (capture_record("1", "2").replace('"CSV"', "[1]"), "is encoded as"),
    ],
)
def test_an_invalid_record_is_reported_with_its_line(tmp_path, line, message):
    path = tmp_path / "capture.jsonl"
    path.write_text(capture_record("1", "2") + "\n" + line + "\n")

    with pytest.raises(MonitorError, match=f"capture.jsonl, line 2.*{message}"):
        analyse(Dataset(path, {"sagemakerCaptureJson": {}}))


@pytest.fixture
def manifest(tmp_path):
    """Create manifests of a batch transform: of its input and of its output."""
    for direction, text in (("input", "1,2\n3,4\n"), ("output", "0.5\n0.25\n")):
        data, listed = tmp_path / "data" / direction, tmp_path / "capture" / direction / "2026" / "11"
        data.mkdir(parents=True)
        listed.mkdir(parents=True)
        data.joinpath("a.csv").write_text(text)
        listed.joinpath("m.json").write_text(json.dumps([{"prefix": f"s3://bucket/{direction}/"}, "a.csv"]))
    return Dataset(tmp_path / "capture", {"batchCaptureManifest": {}}, roots={"s3://bucket/": str(tmp_path / "data")})


def test_captured_data_of_a_batch_transform_are_its_output_and_its_input(manifest):
    columns = features(manifest)

    assert [(f["name"], f["numerical_statistics"]["max"]) for f in columns] == [
        ("_c0", 0.5),
        ("_c1", 3.0),
        ("_c2", 4.0),
    ]


def test_a_missing_listed_file_is_named(manifest, tmp_path):
    tmp_path.joinpath("data", "input", "a.csv").unlink()

    with pytest.raises(MonitorError, match=r"m\.json lists s3://bucket/input/a\.csv, which is not in"):
        analyse(manifest)


def test_a_manifest_cannot_list_files_outside_its_folder(manifest, tmp_path):
    tmp_path.joinpath("secret.csv").write_text("1,2\n3,4\n")
    listed = next(tmp_path.glob("capture/input/*/*/m.json"))
    listed.write_text(json.dumps([{"prefix": "s3://bucket/"}, "../secret.csv"]))

    with pytest.raises(MonitorError, match="is not in"):
        analyse(manifest)


def test_inputs_and_outputs_must_have_equally_many_rows(manifest, tmp_path):
    tmp_path.joinpath("data", "output", "a.csv").write_text("0.5\n")

    with pytest.raises(MonitorError, match="have different numbers of rows"):
        analyse(manifest)


PREPROCESSOR = """
def preprocess_handler(inference_record, logger):
    logger.info("a record")
    values = inference_record.endpoint_input.data.split(",")
    if values[0] == "drop":
        return []
    return {str(number).zfill(20): value for number, value in enumerate(values)}
"""


def test_a_record_preprocessor_returns_the_rows(csv, tmp_path):
    script = tmp_path / "pre.py"
    script.write_text(PREPROCESSOR)
    data = csv("1,2\ndrop,3\n5,6\n")

    columns = features(Dataset(data.source, {"csv": {"header": False}}, script))

    assert [f["name"] for f in columns] == ["0" * 20, "0" * 19 + "1"]
    assert columns[0]["numerical_statistics"]["common"]["num_present"] == 2
    assert columns[1]["numerical_statistics"]["sum"] == 8.0


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("def unrelated(): pass", "has no function preprocess_handler"),
        ("def preprocess_handler(record): return 1 / 0", r"data.csv, line 1\): ZeroDivisionError"),
        ("def preprocess_handler(record): return ['x']", "returned 'x', which is not a dictionary"),
        ("import nothing_of_the_kind", r"while it was loaded\): ModuleNotFoundError"),
    ],
)
def test_a_failing_preprocessor_is_reported_with_its_record(csv, tmp_path, code, message):
    script = tmp_path / "pre.py"
    script.write_text(code)

    with pytest.raises(MonitorError, match=message):
        analyse(Dataset(csv("1,2\n").source, {"csv": {"header": False}}, script))
