"""Tests ``python -m model_monitor data-quality``."""

from __future__ import annotations

import gzip
import json
import os
import subprocess

import pytest
from paths import PYTHONPATH
from warm import program

TEXT = "age,sex\n" + "".join(f"{20 + n % 30},{'FM'[n % 2]}\n" for n in range(100))


@pytest.fixture
def data_quality(tmp_path):
    def run(*arguments):
        return subprocess.run(
            [*program("model_monitor"), "data-quality", *map(str, arguments)],
            capture_output=True, text=True, check=False, cwd=tmp_path, env={**os.environ, "PYTHONPATH": PYTHONPATH},
        )  # fmt: skip

    return run


@pytest.fixture
def january(tmp_path):
    path = tmp_path / "january.csv"
    path.write_text(TEXT)
    return path


def test_a_baseline_and_then_a_comparison(data_quality, january, tmp_path):
    first = data_quality(january, "--output", "january")

    assert first.returncode == 0, first.stderr
    assert json.loads(first.stdout) == {
        "rows": 100, "columns": 2, "violations": None, "drift": None,
        "files": ["january/statistics.json", "january/constraints.json"],
    }  # fmt: skip
    february = tmp_path / "february.csv"
    february.write_text(TEXT.replace("F", "X"))

    second = data_quality(february, "--baseline", "january", "--output", "february", "--drift", "exact")

    assert second.returncode == 3
    result = json.loads(second.stdout)
    assert {v["constraint_check_type"] for v in result["violations"]} == {
        "categorical_values_check", "baseline_drift_check",
    }  # fmt: skip
    assert result["drift"] == "exact"
    written = json.loads(tmp_path.joinpath("february", "constraint_violations.json").read_text())
    assert written["violations"] == result["violations"]
    assert data_quality(january, "--baseline", "january", "--output", "again").returncode == 0


def test_edited_constraints_are_enough_for_a_comparison(data_quality, january, tmp_path):
    data_quality(january, "--output", "out")
    constraints = json.loads(tmp_path.joinpath("out", "constraints.json").read_text())
    constraints["features"][1]["string_constraints"]["domains"] = ["F"]
    tmp_path.joinpath("mine.json").write_text(json.dumps(constraints))

    done = data_quality(january, "--constraints", "mine.json", "--output", "again")

    assert done.returncode == 3
    assert [v["feature_name"] for v in json.loads(done.stdout)["violations"]] == ["sex"]


def test_a_file_of_an_earlier_run_is_removed(data_quality, january, tmp_path):
    data_quality(january, "--output", "out")
    data_quality(january, "--baseline", "out", "--output", "again")

    data_quality(january, "--output", "again")

    assert not tmp_path.joinpath("again", "constraint_violations.json").exists()


def test_a_postprocessor_runs_after_the_files_are_written(data_quality, january, tmp_path):
    tmp_path.joinpath("post.py").write_text("""
from pathlib import Path

def postprocess_handler():
    Path("first_character").write_text(Path("out/statistics.json").read_text()[:1])
""")

    assert data_quality(january, "--output", "out", "--postprocessor", "post.py").returncode == 0
    assert tmp_path.joinpath("first_character").read_text() == "{"


def write_broken_gzip(path):
    path.write_bytes(gzip.compress(TEXT.encode() * 1000)[:-200])


UNREADABLE = {
    "none.csv": (None, "does not exist"),
    "empty.csv": ("", "has no rows"),
    "header.csv": ("a,b\n", "has no rows"),
    "short.csv": ("a,b\n1,2\n3\n", "short.csv, row 2: 1 columns instead of 2"),
    "latin.csv": (b"a,b\n1,\xe4\n", "latin.csv, line 2: b'\\xe4' is not UTF-8"),
    "broken.csv.gz": (write_broken_gzip, "broken.csv.gz cannot be read"),
    "no.csv.gz": ("a,b\n1,2\n", "no.csv.gz cannot be read"),
    "huge.csv": ("a\n1e999\n", "huge.csv, row 1, column 'a': inf is not a finite number"),
    "no.parquet": ("PAR", "no.parquet cannot be read"),
    "rows.jsonl": ('{"a": {"b": 1}}\n', "rows.jsonl, row 1, column 'a': {'b': '1'} is nested; the data must be flat"),
    "list.jsonl": ("[1]\n", "list.jsonl, line 1: '[1]' is not a JSON object; each line must be one"),
    "deep.jsonl": ("[" * 100_000, "is not a JSON object; each line must be one"),
    "half.jsonl": ('{"a": "\\ud800"}\n', "half.jsonl, column 'a': '\\ud800' is not a valid string"),
    "twice.csv": ("a,a,a1\n1,2,3\n", "twice.csv: two columns would be called 'a1'"),
    "wide.csv": ("a,b\n".encode("utf-16"), "wide.csv is not UTF-8 text: it contains NUL bytes; is it UTF-16"),
    "head.csv": ("grö\n1\n".encode("latin-1"), "head.csv, line 1: b'\\xf6' is not UTF-8"),
    "late.csv": (b"a,b\n" + b'1,"x\ny"\n' * 200_000 + b"1,\xe4\n", "late.csv, row 200001: not UTF-8; convert the file"),
    "open.csv": ('a,b\n1,"2\n' + "3,4\n" * 1000, "open.csv, row 1: a quote is opened and never closed"),
    "long.csv": ("a,b\n1," + "x" * (5 << 20) + "\n", "long.csv has a row of more than 2 MiB, which cannot be read"),
    "packed.CSV.GZ": ("a,b\n1,2\n", "packed.CSV.GZ cannot be read"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_unreadable_data_are_reported_and_nothing_is_written(data_quality, tmp_path, name):
    content, message = UNREADABLE[name]
    path = tmp_path / name
    if callable(content):
        content(path)
    elif content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())

    done = data_quality(path, "--output", "out")

    assert done.returncode == 2
    assert message in done.stderr
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
    assert not tmp_path.joinpath("out").exists()


def load_statistics(tmp_path):
    features = json.loads(tmp_path.joinpath("out", "statistics.json").read_text())["features"]
    return {feature["name"]: feature for feature in features}


def test_a_dataset_may_have_one_row(data_quality, tmp_path):
    tmp_path.joinpath("one.csv").write_text("a,b\n5,x\n")

    assert data_quality("one.csv", "--output", "out").returncode == 0
    statistics = load_statistics(tmp_path)["a"]["numerical_statistics"]
    assert (statistics["std_dev"], statistics["min"], statistics["max"]) == (0.0, 5.0, 5.0)
    assert statistics["distribution"]["kll"]["buckets"][-1]["count"] == 1.0


def test_a_column_without_values_is_unknown_and_noted(data_quality, tmp_path):
    tmp_path.joinpath("blank.csv").write_text("a,b\n,1\n,2\n")

    done = data_quality("blank.csv", "--output", "out")

    assert done.returncode == 0
    assert "note: column 'a' has no value in any of the 2 rows" in done.stderr
    assert load_statistics(tmp_path)["a"] == {"name": "a", "inferred_type": "Unknown"}


def test_the_first_text_among_numbers_is_noted_with_its_row(data_quality, tmp_path):
    tmp_path.joinpath("mixed.csv").write_text("a\n" + "1.5\n" * 7 + "NaN\n" + "2\n" * 3)

    done = data_quality("mixed.csv", "--output", "out")

    note = "note: column 'a' is String because of 1 of its 11 values; the first is 'NaN' (mixed.csv, row 8)"
    assert note in done.stderr
    assert load_statistics(tmp_path)["a"]["inferred_type"] == "String"


def test_ten_thousand_columns(data_quality, tmp_path):
    names = [f"c{number}" for number in range(10_000)]
    rows = "\n".join(",".join(str(number * row) for number in range(10_000)) for row in range(20))
    tmp_path.joinpath("wide.csv").write_text(",".join(names) + "\n" + rows + "\n")

    done = data_quality("wide.csv", "--output", "out")

    assert json.loads(done.stdout)["columns"] == 10_000
    assert load_statistics(tmp_path)["c9999"]["numerical_statistics"]["max"] == 9999.0 * 19


def test_statistics_without_constraints_are_refused(data_quality, january):
    done = data_quality(january, "--statistics", "x.json")

    assert done.returncode == 2
    assert "--statistics needs constraints, too" in done.stderr


def test_help_has_examples_and_exit_codes(data_quality):
    help_text = data_quality("--help").stdout

    assert "examples:" in help_text
    assert "exit codes: 0 no violation, 2 invalid arguments or unreadable data, 3 violations" in help_text


def test_blank_lines_before_the_header_are_skipped(data_quality, tmp_path):
    tmp_path.joinpath("blank.csv").write_text("\r\n\na,b\n1,2\n3,4\n", newline="")

    assert json.loads(data_quality("blank.csv", "--output", "out").stdout)["rows"] == 2
    assert load_statistics(tmp_path)["a"]["inferred_type"] == "Integral"


def test_integers_of_any_length_are_numbers(data_quality, tmp_path):
    tmp_path.joinpath("long.csv").write_text(f"a,b\n{2**70},1\n5,2\n")

    assert data_quality("long.csv", "--output", "out").returncode == 0
    assert load_statistics(tmp_path)["a"]["numerical_statistics"]["max"] == float(2**70)
    tmp_path.joinpath("longer.csv").write_text(f"a,b\n{'9' * 5000},1\n")
    assert "row 1, column 'a': inf is not a finite number" in data_quality("longer.csv").stderr


def test_a_text_that_looks_like_a_large_number_makes_a_string_column(data_quality, tmp_path):
    for name, text in (("a.csv", "12e3456,1"), ("b.csv", "abc,1")):
        tmp_path.joinpath("ids").mkdir(exist_ok=True)
        tmp_path.joinpath("ids", name).write_text(f"id,x\n{text}\n")

    assert data_quality("ids", "--output", "out").returncode == 0
    assert load_statistics(tmp_path)["id"]["inferred_type"] == "String"


def test_the_format_of_a_folder_follows_from_its_parquet_files(data_quality, tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as parquet

    tmp_path.joinpath("parts").mkdir()
    for name, columns in (("1", {"a": [1], "b": [2]}), ("2", {"b": [3], "a": [4]})):
        parquet.write_table(pa.table(columns), tmp_path / "parts" / f"{name}.parquet")

    done = data_quality("parts")

    assert done.returncode == 2
    assert "2.parquet has the columns b, a; the files before have a, b" in done.stderr


def test_a_comparison_never_writes_over_its_baseline(data_quality, january, tmp_path):
    data_quality(january, "--output", "out")
    before = tmp_path.joinpath("out", "constraints.json").read_text()

    for options in (("--baseline", "out"), ("--constraints", "out/constraints.json")):
        done = data_quality(january, *options, "--output", "./out")
        assert done.returncode == 2
        assert "is where the baseline is" in done.stderr
    assert tmp_path.joinpath("out", "constraints.json").read_text() == before


def test_an_output_that_cannot_be_written_is_reported(data_quality, january, tmp_path):
    tmp_path.joinpath("file").write_text("")

    assert "--output 'file' is not a folder" in data_quality(january, "--output", "file").stderr
    done = data_quality(january, "--output", "file/deeper")
    assert (done.returncode, "cannot write to 'file/deeper'" in done.stderr) == (2, True)


def test_a_script_that_exits_is_reported_as_failed(data_quality, january, tmp_path):
    tmp_path.joinpath("pre.py").write_text("import sys\ndef preprocess_handler(record):\n    sys.exit(0)\n")

    done = data_quality(january, "--preprocessor", "pre.py")

    assert done.returncode == 2
    assert "pre.py failed (january.csv, line 1): SystemExit: 0" in done.stderr
