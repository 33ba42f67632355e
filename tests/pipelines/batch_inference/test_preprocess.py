"""Test how the container script of batch inference handles raw rows, valid and malformed."""

from __future__ import annotations

import gzip
import json

from pipelines.abalone.columns import SCHEMA
from pipelines.batch_inference.ground_truth import ground_truth_parser
from pipelines.batch_inference.raw_rows import BLOCK_BYTES, Columns, read_rows
from pipelines.scripts.features import Featurizer
from pipelines.scripts.preprocess import preprocess as fit
from pipelines.scripts.schema import Schema
from pipelines.scripts.spelling import Spelling

import numpy as np
import pandas as pd
import pytest
from batch_scripts import rows, run_script

ROW = "M,0.455,0.365,0.095,0.514,0.2245,0.101,0.15"
HEADER = "sex,length,diameter,height,whole_weight,shucked_weight,viscera_weight,shell_weight"


@pytest.fixture
def preprocess(fitted_folder, tmp_path):
    """Return a function that writes files and preprocesses them; it returns the process, its folder, and the report."""

    def run(files, *arguments, **environment):
        for name, content in files.items():
            path = tmp_path / "data" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        output = tmp_path / "output"
        inputs = ("--data", tmp_path / "data", "--featurizer", fitted_folder / "featurizer", "--output", output)
        process = run_script("preprocess", *inputs, *arguments, **environment)
        report = output / "report" / "report.json"
        return process, output, json.loads(report.read_text()) if report.is_file() else None

    return run


def test_features_are_those_of_the_featurizer_to_the_last_bit(abalone_csv, preprocess, fitted_folder):
    process, output, report = preprocess({"shells.csv": abalone_csv.read_text()})

    assert process.returncode == 0, process.stderr
    table = rows(output / "features" / "shells.csv")
    chunk = next(read_frames(abalone_csv))
    expected = Featurizer.load(fitted_folder / "featurizer" / "featurizer.json").transform(chunk).astype(np.float32)
    assert np.array_equal(np.array([row[1:] for row in table], dtype=np.float32), expected)
    assert [row[0] for row in table[:2]] == ["shells.csv:1", "shells.csv:2"]
    assert report["rows"] == {"read": 4177, "written": 4177}
    assert report["missing"] == {"height": 2}
    assert report["ignored_columns"] == ["rings"]
    assert report["has_rows"] == 1


def read_frames(path):
    import pandas as pd

    yield pd.read_csv(path, header=None, names=SCHEMA.order)


def test_a_model_that_takes_raw_columns_gets_them_after_the_ids(abalone_csv, tmp_path):
    fit(abalone_csv, tmp_path / "fitted", 0, SCHEMA, is_raw=True)
    header = ["whole_weight", "id", *(name for name in HEADER.split(",") if name != "whole_weight")]
    cells = dict(zip(HEADER.split(","), ROW.split(","), strict=True)) | {"id": "shell-7"}
    tmp_path.joinpath("batch.csv").write_text(",".join(header) + "\n" + ",".join(cells[name] for name in header) + "\n")

    inputs = ("--data", tmp_path / "batch.csv", "--featurizer", tmp_path / "fitted" / "featurizer")
    process = run_script("preprocess", *inputs, "--output", tmp_path / "output")

    assert process.returncode == 0, process.stderr
    assert rows(tmp_path / "output" / "features" / "batch.csv") == [["shell-7", *ROW.split(",")]]


def test_raw_columns_have_the_header_and_the_number_format_of_the_baseline(preprocess, fitted_folder, abalone_csv):
    integers = "F,1,1,1,1,1,1,1\n"
    _, output, _ = preprocess({"a.csv": integers + ROW + "\n"})

    header, first, second = rows(output / "raw" / "a.csv")
    assert header == rows(fitted_folder / "baseline" / "baseline.csv")[0] == HEADER.split(",")
    assert first == ["F"] + ["1.0"] * 7, "without its point a whole number would not have the baseline's type"
    assert second == ROW.split(",")


def test_with_a_header_columns_have_any_order_and_rows_have_ids(preprocess):
    text = f"rings,{','.join(reversed(HEADER.split(',')))},keeper,id\n"
    text += f'9,{",".join(reversed(ROW.split(",")))},Jo,"a,1"\n'
    process, output, report = preprocess({"named.csv": text, "plain.csv": ROW + "\n"})

    assert process.returncode == 0, process.stderr
    (named,), (plain,) = rows(output / "features" / "named.csv"), rows(output / "features" / "plain.csv")
    assert named[1:] == plain[1:]
    assert (named[0], plain[0]) == ("a,1", "plain.csv:1")
    assert report["ignored_columns"] == ["keeper", "rings"]


def test_another_column_can_be_the_id(preprocess):
    _, output, _ = preprocess({"a.csv": f"{HEADER},tag\n{ROW},007\n"}, "--id-column", "tag")

    assert rows(output / "features" / "a.csv")[0][0] == "007"


BAD_ROWS = {
    "text": "M,wide,0.365,0.095,0.514,0.2245,0.101,0.15",
    "short": "M,0.455",
    "long": ROW + ",1,2",
    "large": "M,1e39,0.365,0.095,0.514,0.2245,0.101,0.15",
    "infinite": "M,inf,0.365,0.095,0.514,0.2245,0.101,0.15",
    "quote": 'M,"0.455,0.365,0.095,0.514,0.2245,0.101,0.15',
    "bytes": b"M\xff,0.455,0.365,0.095,0.514,0.2245,0.101,0.15",
    "return": "M,0.455,0.365,0.095,0.514,0.2245,0.101,0.15\rF,0.455,0.365,0.095,0.514,0.2245,0.101,0.15",
    "beyond any scale": "M,1e38,0.365,0.095,0.514,0.2245,0.101,0.15",
}


@pytest.mark.parametrize("bad", BAD_ROWS.values(), ids=list(BAD_ROWS))
def test_a_bad_row_is_dropped_alone_or_by_default_fails_the_batch(preprocess, bad):
    good = (ROW + "\n").encode()
    content = good * 3 + b"\n" + (bad if isinstance(bad, bytes) else bad.encode()) + b"\n" + good * 2

    process, output, _ = preprocess({"a.csv": content})
    assert process.returncode == 1
    assert process.stderr.startswith("error: 1 of 6 rows cannot be scored: a.csv, line 5: ")
    assert process.stderr.endswith("or start with BadRows=Drop to leave them out\n")
    assert not output.joinpath("report", "report.json").exists()

    process, output, report = preprocess({}, "--bad-rows", "Drop")
    assert process.returncode == 0, process.stderr
    assert report["rows"] == {"read": 6, "written": 5}
    assert sum(report["dropped"].values()) == 1
    assert [row[0] for row in rows(output / "features" / "a.csv")] == [f"a.csv:{n}" for n in (1, 2, 3, 6, 7)]
    assert rows(output / "report" / "dropped" / "a.csv")[1][0] == "5"


def test_a_row_without_an_id_is_bad_if_other_rows_have_one(preprocess):
    _, _, report = preprocess({"a.csv": f"id,{HEADER}\n1,{ROW}\n,{ROW}\n"}, "--bad-rows", "Drop")

    assert report["dropped"] == {"no id": 1}
    assert report["examples"] == ["a.csv, line 3: it has no id"]


def test_bad_rows_of_large_files_are_named_by_their_lines(fitted_folder, tmp_path):
    path, lines = tmp_path / "large.csv", BLOCK_BYTES // len(ROW) * 3
    bad_lines = {1: "M,x" + ROW[1:], lines // 2: "?", lines - 1: "M,1"}
    with path.open("w") as file:
        file.writelines(f"{bad_lines.get(number, ROW)}\n" for number in range(1, lines + 1))

    featurizer = Featurizer.load(fitted_folder / "featurizer" / "featurizer.json").schema
    _, blocks = read_rows(path, "large.csv", Columns(featurizer.order, featurizer.numeric, featurizer.label))
    row_blocks = list(blocks)

    assert len(row_blocks) > 2
    assert [row.line for block in row_blocks for row in block.bad] == list(bad_lines)
    ids = [identifier for block in row_blocks for identifier in block.ids.to_pylist()]
    assert ids == [f"large.csv:{n}" for n in range(1, lines + 1) if n not in bad_lines]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (HEADER.replace("length", "lenght") + "\n", "its header lacks length; it has sex, lenght"),
        (f"{HEADER},length\n", "its header has length more than once"),
        ("id\n1\n", "its header lacks sex, length"),
        ("M,1\nF,2\n", "a.csv, line 1: 2 cells; a row without a header needs 8: sex, length"),
        (f"{HEADER.title()}\n{ROW}\n", "its header lacks sex, length, diameter"),
        (f"# made on monday\n{HEADER}\n{ROW}\n", "a.csv, line 2 is a header, which has to be the first line"),
        (f"{ROW}\rF{ROW[1:]}\r", "they have to end in a line feed"),
        (f"{HEADER}\n{ROW}\n".encode("utf-16"), "a.csv is not UTF-8 text"),
        (f"7,{ROW}\n8,{ROW}\n", "none of 2 rows can be scored: a.csv, line 1: "),
    ],
)
def test_a_file_with_other_columns_is_refused(preprocess, content, message):
    process, _, _ = preprocess({"a.csv": content}, "--bad-rows", "Drop")

    assert process.returncode == 1
    assert message in process.stderr
    assert "Traceback" not in process.stderr


def test_columns_in_another_order_without_a_header_are_bad_rows(preprocess):
    process, _, _ = preprocess({"a.csv": f"{','.join(reversed(ROW.split(',')))}\n"})

    assert "a.csv, line 1: column 8 (shell_weight): 'M' is not a number" in process.stderr


def test_unknown_categories_are_counted_and_the_columns_stay(preprocess):
    text = "".join(f"{sex}{ROW[1:]}\n" for sex in ("I", "Z", "", "I"))
    _, output, report = preprocess({"a.csv": text})

    table = rows(output / "features" / "a.csv")
    assert {len(row) for row in table} == {11}
    assert [row[-3:] for row in table] == [["0", "1", "0"], ["0", "0", "0"], ["0", "0", "0"], ["0", "1", "0"]]
    assert (report["unknown"], report["missing"]) == ({"sex": 1}, {"sex": 1})


@pytest.mark.parametrize(
    "content",
    ["", "\n\n", f"{HEADER}\n", HEADER, f"id,{HEADER}\n\n"],
    ids=["empty", "lines", "header", "header without an end", "header and line"],
)
def test_a_file_without_rows_has_an_empty_file_of_scores(preprocess, content):
    process, output, report = preprocess({"day/a.csv": content})

    assert process.returncode == 0, process.stderr
    assert report["has_rows"] == 0
    assert output.joinpath("no_scores", "day", "a.csv.out").read_bytes() == b""
    assert not list(output.joinpath("features").rglob("*.csv"))


def test_packed_files_carriage_returns_and_byte_order_marks(preprocess):
    files = {
        "a.csv.gz": gzip.compress((ROW + "\n").encode()),
        "b.csv": (ROW + "\r\n\r\n" + ROW).encode(),
        "c.csv": b"\xef\xbb\xbf" + f"{HEADER}\n{ROW}\n".encode(),
    }
    process, output, report = preprocess(files)

    assert process.returncode == 0, process.stderr
    assert report["rows"]["written"] == 4
    assert {path.name for path in output.joinpath("features").iterdir()} == {"a.csv", "b.csv", "c.csv"}
    assert [row[0] for row in rows(output / "features" / "b.csv")] == ["b.csv:1", "b.csv:3"]
    assert rows(output / "features" / "a.csv")[0][0] == "a.csv.gz:1"


def test_the_majority_of_rows_decides_the_width_of_a_file(preprocess):
    """A row that lacks a cell is as wide as a file without the label; it must not decide the layout."""
    text = f"{ROW},9\n" * 3 + ROW.replace("0.514,", "") + ",9\n" + f"{ROW},9\n"
    _, output, report = preprocess({"a.csv": text}, "--bad-rows", "Drop")

    assert report["rows"] == {"read": 5, "written": 4}
    assert [row[0] for row in rows(output / "features" / "a.csv")] == ["a.csv:1", "a.csv:2", "a.csv:3", "a.csv:5"]


def test_lines_of_a_quoted_cell_are_bad_rows(preprocess):
    text = f'id,note,{HEADER}\n1,"two\nlines",{ROW}\n"2\n3",x,{ROW}\n4,"quoted",{ROW}\n'
    _, output, report = preprocess({"a.csv": text}, "--bad-rows", "Drop")

    assert [row[0] for row in rows(output / "features" / "a.csv")] == ["4"]
    assert report["dropped"] == {"unreadable": 4}


@pytest.mark.parametrize("before", ["", "\n\r\n"], ids=["at once", "after empty lines"])
def test_a_header_is_never_read_as_a_row(preprocess, before):
    text = f'{before}id,{HEADER},5" wide\n1,{ROW},x\n2,{ROW},y\n3,M,wide\n'
    _, output, report = preprocess({"a.csv": text}, "--bad-rows", "Drop")

    assert [row[0] for row in rows(output / "features" / "a.csv")] == ["1", "2"]
    assert report["examples"][0].startswith(f"a.csv, line {4 + before.count(chr(10))}: ")


def test_every_spelling_of_nan_is_missing(preprocess):
    text = "".join(
        f"M,{cell},0.365,0.095,0.514,0.2245,0.101,0.15\n" for cell in ("nan", "NaN", "NAN", "-nan", "", "0.4")
    )
    _, output, report = preprocess({"a.csv": text})

    assert report["missing"] == {"length": 5}
    assert [row[1] for row in rows(output / "raw" / "a.csv")[1:]] == ["", "", "", "", "", "0.4"]


def test_hidden_folders_are_left_out(preprocess):
    _, _, report = preprocess({"a.csv": f"{ROW}\n", ".ipynb_checkpoints/a.csv": f"{ROW}\n"})

    assert report["rows"]["read"] == 1


def test_a_file_and_a_folder_of_the_same_name_are_refused(preprocess):
    process, _, _ = preprocess({"x.csv/y": ROW, "x.csv.gz": gzip.compress(ROW.encode())})

    assert "x.csv.gz and the files below x.csv/ cannot both have scores" in process.stderr


def test_a_file_and_its_gzipped_copy_are_refused(preprocess):
    process, _, _ = preprocess({"a.csv": ROW, "a.csv.gz": gzip.compress(ROW.encode())})

    assert "a.csv and a.csv.gz would have the same file of scores" in process.stderr


def test_a_file_named_gz_that_is_not_gzip_is_refused(preprocess):
    process, _, _ = preprocess({"a.csv.gz": ROW})

    assert process.returncode == 1
    assert "a.csv.gz cannot be read" in process.stderr


@pytest.mark.parametrize("host", ["algo-1", "algo-2"])
def test_instances_share_the_files_and_the_first_reports_for_all(preprocess, tmp_path, host):
    config = tmp_path / "config"
    config.mkdir()
    hosts = {"current_host": host, "hosts": ["algo-1", "algo-2"]}
    config.joinpath("resourceconfig.json").write_text(json.dumps(hosts))

    files = {"a.csv": "", "b.csv": ROW}
    process, output, report = preprocess(files, SAGEMAKER_BASE_DIR=str(tmp_path))

    assert process.returncode == 0, process.stderr
    written = [path.name for path in output.joinpath("features").iterdir()]
    if host == "algo-1":
        assert (written, report["has_rows"], report["instances"]) == ([], 1, 2)
    else:
        assert (written, report) == (["b.csv"], None)
        assert json.loads(output.joinpath("report", "report-2.json").read_text())["rows"]["written"] == 1


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_another_separator_is_recognised_and_reported(preprocess, separator):
    _, plain, _ = preprocess({"a.csv": f"{HEADER}\n{ROW}\n"})
    cells = plain.joinpath("features", "a.csv").read_text()

    _, output, report = preprocess({"a.csv": f"{HEADER}\n{ROW}\n".replace(",", separator)})

    assert output.joinpath("features", "a.csv").read_text() == cells
    assert report["separators"] == [separator]


MIXED = Schema(
    "y",
    ("day", "city", "size", "y"),
    {"city": ("Rome",)},
    classes=("no", "yes"),
    spellings={"size": Spelling(missing=("?",))},
    dates={"day": "%Y-%m-%d"},
    frequencies=("city",),
    rare_classes={"maybe": None, "sure": "yes"},
)


@pytest.fixture(scope="module")
def mixed_folder(tmp_path_factory):
    """Return the folder of a featurizer with dates, markers, and a column of many categories."""
    folder = tmp_path_factory.mktemp("mixed")
    lines = [
        f"2020-01-{n % 28 + 1:02},{('Rome', 'Bern')[n % 2]},{'?' if n % 10 == 0 else n},{('no', 'yes')[n % 2]}"
        for n in range(80)
    ]
    rare = ["2020-02-01,Rome,1,maybe", "2020-02-01,Rome,1,sure"]
    (folder / "rows.csv").write_text("\n".join(["day,city,size,y", *lines, *rare]))
    fit(folder / "rows.csv", folder, 0, MIXED)
    return folder


def score_batch(folder, mixed_folder, text):
    (folder / "batch.csv").write_text(text)
    inputs = ("--data", folder / "batch.csv", "--featurizer", mixed_folder / "featurizer", "--output", folder / "out")
    process = run_script("preprocess", *inputs, "--bad-rows", "Drop")
    assert process.returncode == 0, process.stderr
    report = json.loads((folder / "out" / "report" / "report.json").read_text())
    return report, rows(folder / "out" / "features" / "batch.csv")


def test_markers_dates_and_categories_are_treated_as_in_training(mixed_folder, tmp_path):
    batch = "id,day,city,size\na,2020-01-02, Bern,?\nb,2020-01-02,Oslo,5\nc,02.01.2020,Rome,6\nd,,Rome,many\n"

    report, features = score_batch(tmp_path, mixed_folder, batch)

    assert [row[0] for row in features] == ["a", "b"]
    assert report["missing"] == {"size": 1}
    assert report["unknown"] == {"city": 1}
    assert report["dropped"] == {"no date": 1, "no number": 1}
    assert "column 2 (day): '02.01.2020' is not a date of the format %Y-%m-%d" in " ".join(report["examples"])
    expected = Featurizer.load(mixed_folder / "featurizer" / "featurizer.json").transform(
        pd.DataFrame({"day": ["2020-01-02"] * 2, "city": ["Bern", "Oslo"], "size": [np.nan, 5.0]})
    )
    assert np.array_equal(np.array([row[1:] for row in features], np.float32), expected.astype(np.float32))


def test_a_dropped_class_has_no_rows_and_a_merged_class_counts(mixed_folder):
    featurizer = Featurizer.load(mixed_folder / "featurizer" / "featurizer.json")
    tables = (rows(mixed_folder / split / f"{split}.csv") for split in ("train", "validation", "test"))
    labels = [float(row[0]) for table in tables for row in table]

    assert (len(labels), sum(labels)) == (81, 41)
    parse = ground_truth_parser(featurizer.schema)
    assert [parse(text) for text in ("no", "yes", "sure", "maybe")] == ["0", "1", "1", ""]
    with pytest.raises(ValueError, match="not one of the classes no, yes"):
        parse("never")
