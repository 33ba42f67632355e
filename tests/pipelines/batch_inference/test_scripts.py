"""The container scripts of batch inference as programs: raw rows, good and bad, and what comes of them."""

from __future__ import annotations

import csv
import gzip
import json
import os
import subprocess

from pipelines.abalone.columns import SCHEMA
from pipelines.batch_inference.raw_rows import BLOCK_BYTES, Columns, read_rows
from pipelines.scripts.features import Featurizer
from pipelines.scripts.preprocess import preprocess as fit

import numpy as np
import pytest
from paths import PYTHONPATH
from warm import program

ROW = "M,0.455,0.365,0.095,0.514,0.2245,0.101,0.15"
HEADER = "sex,length,diameter,height,whole_weight,shucked_weight,viscera_weight,shell_weight"


def script(name, *arguments, **environment):
    return subprocess.run(
        [*program(f"pipelines.batch_inference.{name}"), *map(str, arguments)],
        capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": PYTHONPATH, **environment},
    )  # fmt: skip


@pytest.fixture(scope="module")
def fitted(abalone_csv, tmp_path_factory):
    """The outputs of the training pipeline's preprocessing."""
    folder = tmp_path_factory.mktemp("fitted")
    fit(abalone_csv, folder, 0, SCHEMA)
    return folder


@pytest.fixture
def preprocess(fitted, tmp_path):
    """Write files, preprocess them; how that ended, its folder, and the report."""

    def run(files, *arguments, **environment):
        for name, content in files.items():
            path = tmp_path / "data" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        output = tmp_path / "output"
        inputs = ("--data", tmp_path / "data", "--featurizer", fitted / "featurizer", "--output", output)
        done = script("preprocess", *inputs, *arguments, **environment)
        report = output / "report" / "report.json"
        return done, output, json.loads(report.read_text()) if report.is_file() else None

    return run


def rows(path):
    with path.open(newline="") as file:
        return list(csv.reader(file))


def test_features_are_those_of_the_featurizer_to_the_last_bit(abalone_csv, preprocess, fitted):
    done, output, report = preprocess({"shells.csv": abalone_csv.read_text()})

    assert done.returncode == 0, done.stderr
    found = rows(output / "features" / "shells.csv")
    chunk = next(read_frames(abalone_csv))
    wanted = Featurizer.load(fitted / "featurizer" / "featurizer.json").transform(chunk).astype(np.float32)
    assert np.array_equal(np.array([row[1:] for row in found], dtype=np.float32), wanted)
    assert [row[0] for row in found[:2]] == ["shells.csv:1", "shells.csv:2"]
    assert report["rows"] == {"read": 4177, "written": 4177}
    assert report["missing"] == {"height": 2}
    assert report["ignored_columns"] == ["rings"]
    assert report["has_rows"] == 1


def read_frames(path):
    import pandas as pd

    yield pd.read_csv(path, header=None, names=SCHEMA.order)


def test_a_model_that_takes_raw_columns_is_given_them_behind_the_ids(abalone_csv, tmp_path):
    fit(abalone_csv, tmp_path / "fitted", 0, SCHEMA, is_raw=True)
    header = ["whole_weight", "id", *(name for name in HEADER.split(",") if name != "whole_weight")]
    cells = dict(zip(HEADER.split(","), ROW.split(","), strict=True)) | {"id": "shell-7"}
    tmp_path.joinpath("batch.csv").write_text(",".join(header) + "\n" + ",".join(cells[name] for name in header) + "\n")

    inputs = ("--data", tmp_path / "batch.csv", "--featurizer", tmp_path / "fitted" / "featurizer")
    done = script("preprocess", *inputs, "--output", tmp_path / "output")

    assert done.returncode == 0, done.stderr
    assert rows(tmp_path / "output" / "features" / "batch.csv") == [["shell-7", *ROW.split(",")]]


def test_raw_columns_are_named_and_written_as_in_the_baseline(preprocess, fitted, abalone_csv):
    whole = "F,1,1,1,1,1,1,1\n"
    _, output, _ = preprocess({"a.csv": whole + ROW + "\n"})

    header, first, second = rows(output / "raw" / "a.csv")
    assert header == rows(fitted / "baseline" / "baseline.csv")[0] == HEADER.split(",")
    assert first == ["F"] + ["1.0"] * 7, "a whole number is none of the baseline's type without its point"
    assert second == ROW.split(",")


def test_a_header_frees_the_order_and_gives_rows_their_ids(preprocess):
    text = f"rings,{','.join(reversed(HEADER.split(',')))},keeper,id\n"
    text += f'9,{",".join(reversed(ROW.split(",")))},Jo,"a,1"\n'
    done, output, report = preprocess({"named.csv": text, "plain.csv": ROW + "\n"})

    assert done.returncode == 0, done.stderr
    (named,), (plain,) = rows(output / "features" / "named.csv"), rows(output / "features" / "plain.csv")
    assert named[1:] == plain[1:]
    assert (named[0], plain[0]) == ("a,1", "plain.csv:1")
    assert report["ignored_columns"] == ["keeper", "rings"]


def test_another_column_can_be_the_id(preprocess):
    _, output, _ = preprocess({"a.csv": f"{HEADER},tag\n{ROW},007\n"}, "--id-column", "tag")

    assert rows(output / "features" / "a.csv")[0][0] == "007"


BAD = {
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


@pytest.mark.parametrize("bad", BAD.values(), ids=list(BAD))
def test_a_bad_row_costs_itself_alone_or_by_default_the_batch(preprocess, bad):
    good = (ROW + "\n").encode()
    content = good * 3 + b"\n" + (bad if isinstance(bad, bytes) else bad.encode()) + b"\n" + good * 2

    done, output, _ = preprocess({"a.csv": content})
    assert done.returncode == 1
    assert done.stderr.startswith("error: 1 of 6 rows cannot be scored: a.csv, line 5: ")
    assert done.stderr.endswith("or start with BadRows=Drop to leave them out\n")
    assert not output.joinpath("report", "report.json").exists()

    done, output, report = preprocess({}, "--bad-rows", "Drop")
    assert done.returncode == 0, done.stderr
    assert report["rows"] == {"read": 6, "written": 5}
    assert sum(report["dropped"].values()) == 1
    assert [row[0] for row in rows(output / "features" / "a.csv")] == [f"a.csv:{n}" for n in (1, 2, 3, 6, 7)]
    assert rows(output / "report" / "dropped" / "a.csv")[1][0] == "5"


def test_a_row_without_an_id_is_bad_where_others_have_one(preprocess):
    _, _, report = preprocess({"a.csv": f"id,{HEADER}\n1,{ROW}\n,{ROW}\n"}, "--bad-rows", "Drop")

    assert report["dropped"] == {"no id": 1}
    assert report["examples"] == ["a.csv, line 3: it has no id"]


def test_bad_rows_of_large_files_are_named_by_their_lines(fitted, tmp_path):
    path, lines = tmp_path / "large.csv", BLOCK_BYTES // len(ROW) * 3
    bad = {1: "M,x" + ROW[1:], lines // 2: "?", lines - 1: "M,1"}
    with path.open("w") as file:
        file.writelines(f"{bad.get(number, ROW)}\n" for number in range(1, lines + 1))

    featurizer = Featurizer.load(fitted / "featurizer" / "featurizer.json").schema
    _, blocks = read_rows(path, "large.csv", Columns(featurizer.order, featurizer.numeric, featurizer.label))
    found = list(blocks)

    assert len(found) > 2
    assert [row.line for block in found for row in block.bad] == list(bad)
    ids = [one for block in found for one in block.ids.to_pylist()]
    assert ids == [f"large.csv:{n}" for n in range(1, lines + 1) if n not in bad]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (HEADER.replace("length", "lenght") + "\n", "its header lacks length; it has sex, lenght"),
        (f"{HEADER},length\n", "its header has length more than once"),
        ("id\n1\n", "its header lacks sex, length"),
        ("M,1\nF,2\n", "a.csv, line 1: 2 cells, where without a header 8 belong: sex, length"),
        (f"{ROW.replace(',', ';')}\n", "separated by commas, not by ';'"),
        (f"{HEADER.title()}\n{ROW}\n", "its header lacks sex, length, diameter"),
        (f"# made on monday\n{HEADER}\n{ROW}\n", "a.csv, line 2 is a header, which has to be the first line"),
        (f"{ROW}\rF{ROW[1:]}\r", "they have to end in a line feed"),
        (f"{HEADER}\n{ROW}\n".encode("utf-16"), "a.csv is no UTF-8 text"),
        (f"7,{ROW}\n8,{ROW}\n", "none of 2 rows can be scored: a.csv, line 1: "),
    ],
)
def test_a_file_that_has_other_columns_is_refused_whole(preprocess, content, words):
    done, _, _ = preprocess({"a.csv": content}, "--bad-rows", "Drop")

    assert done.returncode == 1
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_columns_in_another_order_without_a_header_are_bad_rows(preprocess):
    done, _, _ = preprocess({"a.csv": f"{','.join(reversed(ROW.split(',')))}\n"})

    assert "a.csv, line 1: column 8 (shell_weight): 'M' is no number" in done.stderr


def test_categories_never_seen_are_counted_and_the_columns_stay(preprocess):
    text = "".join(f"{sex}{ROW[1:]}\n" for sex in ("I", "Z", "", "I"))
    _, output, report = preprocess({"a.csv": text})

    found = rows(output / "features" / "a.csv")
    assert {len(row) for row in found} == {11}
    assert [row[-3:] for row in found] == [["0", "1", "0"], ["0", "0", "0"], ["0", "0", "0"], ["0", "1", "0"]]
    assert (report["unknown"], report["missing"]) == ({"sex": 1}, {"sex": 1})


@pytest.mark.parametrize(
    "content",
    ["", "\n\n", f"{HEADER}\n", HEADER, f"id,{HEADER}\n\n"],
    ids=["empty", "lines", "header", "header without an end", "header and line"],
)
def test_a_file_without_rows_has_an_empty_file_of_scores(preprocess, content):
    done, output, report = preprocess({"day/a.csv": content})

    assert done.returncode == 0, done.stderr
    assert report["has_rows"] == 0
    assert output.joinpath("no_scores", "day", "a.csv.out").read_bytes() == b""
    assert not list(output.joinpath("features").rglob("*.csv"))


def test_packed_files_carriage_returns_and_byte_order_marks(preprocess):
    files = {
        "a.csv.gz": gzip.compress((ROW + "\n").encode()),
        "b.csv": (ROW + "\r\n\r\n" + ROW).encode(),
        "c.csv": b"\xef\xbb\xbf" + f"{HEADER}\n{ROW}\n".encode(),
    }
    done, output, report = preprocess(files)

    assert done.returncode == 0, done.stderr
    assert report["rows"]["written"] == 4
    assert {path.name for path in output.joinpath("features").iterdir()} == {"a.csv", "b.csv", "c.csv"}
    assert [row[0] for row in rows(output / "features" / "b.csv")] == ["b.csv:1", "b.csv:3"]
    assert rows(output / "features" / "a.csv")[0][0] == "a.csv.gz:1"


def test_most_rows_say_how_wide_a_file_is(preprocess):
    """A row that lacks a cell is as wide as a file without the label; it must not speak for the others."""
    text = f"{ROW},9\n" * 3 + ROW.replace("0.514,", "") + ",9\n" + f"{ROW},9\n"
    _, output, report = preprocess({"a.csv": text}, "--bad-rows", "Drop")

    assert report["rows"] == {"read": 5, "written": 4}
    assert [row[0] for row in rows(output / "features" / "a.csv")] == ["a.csv:1", "a.csv:2", "a.csv:3", "a.csv:5"]


def test_a_quoted_line_end_makes_no_row_of_its_own(preprocess):
    text = f'id,note,{HEADER}\n1,"two\nlines",{ROW}\n"2\n3",x,{ROW}\n4,"quoted",{ROW}\n'
    _, output, report = preprocess({"a.csv": text}, "--bad-rows", "Drop")

    assert [row[0] for row in rows(output / "features" / "a.csv")] == ["4"]
    assert report["dropped"] == {"unreadable": 4}


@pytest.mark.parametrize("before", ["", "\n\r\n"], ids=["at once", "after empty lines"])
def test_a_header_is_no_row_however_it_is_written(preprocess, before):
    text = f'{before}id,{HEADER},5" wide\n1,{ROW},x\n2,{ROW},y\n3,M,wide\n'
    _, output, report = preprocess({"a.csv": text}, "--bad-rows", "Drop")

    assert [row[0] for row in rows(output / "features" / "a.csv")] == ["1", "2"]
    assert report["examples"][0].startswith(f"a.csv, line {4 + before.count(chr(10))}: ")


def test_what_is_no_number_in_any_spelling_is_missing(preprocess):
    text = "".join(
        f"M,{word},0.365,0.095,0.514,0.2245,0.101,0.15\n" for word in ("nan", "NaN", "NAN", "-nan", "", "0.4")
    )
    _, output, report = preprocess({"a.csv": text})

    assert report["missing"] == {"length": 5}
    assert [row[1] for row in rows(output / "raw" / "a.csv")[1:]] == ["", "", "", "", "", "0.4"]


def test_hidden_folders_are_left_out(preprocess):
    _, _, report = preprocess({"a.csv": f"{ROW}\n", ".ipynb_checkpoints/a.csv": f"{ROW}\n"})

    assert report["rows"]["read"] == 1


def test_a_file_where_another_needs_a_folder(preprocess):
    done, _, _ = preprocess({"x.csv/y": ROW, "x.csv.gz": gzip.compress(ROW.encode())})

    assert "x.csv.gz and what is below x.csv/ cannot both have scores" in done.stderr


def test_a_file_and_itself_packed_would_have_one_file_of_scores(preprocess):
    done, _, _ = preprocess({"a.csv": ROW, "a.csv.gz": gzip.compress(ROW.encode())})

    assert "a.csv and a.csv.gz would have the same file of scores" in done.stderr


def test_what_is_no_gzip_in_spite_of_its_name(preprocess):
    done, _, _ = preprocess({"a.csv.gz": ROW})

    assert done.returncode == 1
    assert "a.csv.gz cannot be read" in done.stderr


@pytest.mark.parametrize("host", ["algo-1", "algo-2"])
def test_instances_share_the_files_and_the_first_speaks_for_all(preprocess, tmp_path, host):
    config = tmp_path / "config"
    config.mkdir()
    hosts = {"current_host": host, "hosts": ["algo-1", "algo-2"]}
    config.joinpath("resourceconfig.json").write_text(json.dumps(hosts))

    files = {"a.csv": "", "b.csv": ROW}
    done, output, report = preprocess(files, SAGEMAKER_BASE_DIR=str(tmp_path))

    assert done.returncode == 0, done.stderr
    written = [path.name for path in output.joinpath("features").iterdir()]
    if host == "algo-1":
        assert (written, report["has_rows"], report["instances"]) == ([], 1, 2)
    else:
        assert (written, report) == (["b.csv"], None)
        assert json.loads(output.joinpath("report", "report-2.json").read_text())["rows"]["written"] == 1


CONSTRAINTS = {
    "version": 0.0,
    "regression_constraints": {
        "mae": {"threshold": 1.0, "comparison_operator": "GreaterThanThreshold"},
        "r2": {"threshold": 0.5, "comparison_operator": "LessThanThreshold"},
    },
}


@pytest.fixture
def quality(fitted, tmp_path):
    """Compare scores with truth; how that ended, and the report."""

    def run(scores, truth, *arguments, constraints=CONSTRAINTS):
        given = {"scores": scores, "truth": truth, "constraints": json.dumps(constraints)}
        for name, text in given.items():
            folder = tmp_path / name
            folder.mkdir(exist_ok=True)
            folder.joinpath("constraints.json" if name == "constraints" else f"{name}.csv").write_bytes(
                text.encode(errors="surrogateescape")
            )
        folders = [word for name in given for word in (f"--{name}", tmp_path / name)]
        more = ("--featurizer", fitted / "featurizer", "--output", tmp_path / "out", "--problem-type", "Regression")
        done = script("quality", *folders, *more, *arguments)
        report = tmp_path / "out" / "model_quality.json"
        return done, json.loads(report.read_text()) if report.is_file() else None

    return run


SCORES = "".join(f"s{n},{n}.0\n" for n in range(10))


def test_good_truth_has_no_violation(quality, tmp_path):
    done, report = quality(SCORES, "id,rings\n" + "".join(f"s{n},{n + 0.5}\n" for n in range(10)))

    assert done.returncode == 0, done.stderr
    assert (report["violations"], report["violated"]) == (0, "none")
    assert report["metrics"]["mae"] == 0.5
    assert report["rows"] == {
        "scores": 10, "truths": 10, "joined": 10, "without_truth": 0, "without_score": 0, "repeated": 0,
        "repeated_scores": 0,
    }  # fmt: skip
    assert {path.name for path in tmp_path.joinpath("out").iterdir()} == {
        "statistics.json", "constraints.json", "constraint_violations.json", "model_quality.json",
    }  # fmt: skip


def test_bad_truth_is_reported_and_no_error(quality):
    done, report = quality(SCORES, "".join(f"s{n},{9 - n}\n" for n in range(10)))

    assert done.returncode == 0, done.stderr
    assert (report["violations"], report["violated"]) == (2, "mae, r2")


@pytest.mark.parametrize(("tolerance", "violations"), [("0", 1), ("0.4", 1), ("0.6", 0)])
def test_a_tolerance_moves_the_registered_thresholds(quality, tolerance, violations):
    truth = "".join(f"s{n},{n + 1.5}\n" for n in range(10))
    only_mae = {"regression_constraints": {"mae": CONSTRAINTS["regression_constraints"]["mae"]}}

    _, report = quality(SCORES, truth, "--tolerance", tolerance, constraints=only_mae)

    assert report["violations"] == violations


def test_truth_that_is_missing_unknown_or_there_twice_is_counted(quality):
    truth = "id,rings\ns1,1\n s2 ,2\ns2,2.0\ns3,\ns4,NA\n,4\nnobody,5\n"

    _, report = quality(f"{SCORES}s1,7\n", truth)

    assert report["rows"] == {
        "scores": 11, "truths": 4, "joined": 3, "without_truth": 8, "without_score": 1, "repeated": 1,
        "repeated_scores": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("scores", "truth", "words"),
    [
        (SCORES, "id,rings\ns1,1\ns1,2\n", "the truth of 's1' is both '1.0' and '2.0'"),
        (SCORES, "id,rings\nx1,1\n", "none of 10 scores has one of 1 truths: no 'id' is the same in both"),
        (SCORES, "", "there are no truths to compare"),
        ("", "id,rings\ns1,1\n", "there are no scores to compare"),
        (SCORES, "ID,RINGS\ns1,1\n", "a header with id and rings, or no header"),
        (SCORES, "id,rings,id\ns1,1,s1\n", "a header with id and rings, or no header"),
        (SCORES, "id,rings\ns1,\udcff\n", "truth.csv cannot be read as CSV in UTF-8"),
        (SCORES, "id,age\ns1,1\n", "a header with id and rings, or no header"),
        (SCORES, "s1,1,2\n", "its first row is s1, 1, 2"),
        (SCORES, "id,rings\ns1\n", "truth.csv, row 2: 1 cells where 2 belong"),
        (SCORES, "id,rings\ns1,many\n", "truth.csv, row 2: the truth 'many' is no number"),
        ("s1,1,2\n", "id,rings\ns1,1\n", "scores.csv, row 1: 3 cells, where an id and a score belong"),
    ],
)
def test_truth_that_cannot_be_compared(quality, scores, truth, words):
    done, report = quality(scores, truth)

    assert done.returncode == 1
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert report is None


def test_truth_among_other_columns_and_in_several_files(quality, tmp_path):
    tmp_path.joinpath("truth").mkdir()
    tmp_path.joinpath("truth", "more.csv").write_text("s3,3\ns4,4\n")

    _, report = quality(SCORES, "rings,keeper,id\n1,Jo,s1\n2,Jo,s2\n")

    assert report["rows"]["joined"] == 4


@pytest.fixture
def labelled(fitted, tmp_path):
    """Merge a batch and its truth; how that ended, and name -> rows of what was written."""

    def run(files, truth, *arguments):
        for name, content in files.items():
            path = tmp_path / "batch" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        tmp_path.joinpath("truth.csv").write_text(truth)
        output = tmp_path / "labelled"
        inputs = (
            "--data",
            tmp_path / "batch",
            "--truth",
            tmp_path / "truth.csv",
            "--featurizer",
            fitted / "featurizer",
        )
        done = script("label", *inputs, "--output", output, *arguments)
        return done, {path.name: rows(path) for path in output.glob("*")}

    return run


def test_rows_whose_truth_is_known_become_training_data_under_the_hashes_of_batch_and_content(labelled, tmp_path):
    named = f"id,keeper,{HEADER}\n" + "".join(f"s{n},Jo,{ROW}\n" for n in range(3)) + f"s3,Jo,F,,,{ROW[8:]}\n"
    truth = "id,rings\ns0,9\ns1,\ns2,11.0\nnobody,3\nplain.csv:1,7\n"
    bad = "M,much,0.365,0.095,0.514,0.2245,0.101,0.15\n"

    done, written = labelled({"named.csv": named, "plain.csv": f"{ROW}\n{bad}"}, truth)

    assert done.returncode == 0, done.stderr
    assert done.stdout == "3 rows with their truths, as training data\n"
    (found,) = written.values()
    assert found == [[*HEADER.split(","), "rings"], *([*ROW.split(","), rings] for rings in ("9.0", "11.0", "7.0"))]
    _, again = labelled({}, truth.replace("9\n", "9.00\n"))
    assert again == written, "the same rows are the same file"
    _, more = labelled({}, truth.replace("nobody,3", "s1,12"))
    assert len(more) == 2, "others are another one"
    assert len({name.partition("-")[0] for name in more}) == 1, "of the same batch"
    fit(tmp_path / "labelled", tmp_path / "fitted", 0, SCHEMA)  # what is written can be trained on


def test_a_batch_without_any_truth_leaves_nothing_to_train_on(labelled):
    done, written = labelled({"plain.csv": f"{ROW}\n"}, "id,rings\nnobody,3\n")

    assert (done.returncode, written) == (0, {})


def test_truths_that_differ_leave_nothing_either(labelled):
    done, written = labelled({"plain.csv": f"{ROW}\n"}, "id,rings\nplain.csv:1,3\nplain.csv:1,4\n")

    assert (done.returncode, written) == (1, {})
    assert done.stderr == "error: the truth of 'plain.csv:1' is both '3.0' and '4.0'; keep one of them\n"


def test_a_class_keeps_its_name_among_training_data(tmp_path):
    from pipelines.batch_inference.labelled import merge
    from pipelines.churn.columns import SCHEMA as CHURN

    cells = [CHURN.categories.get(name, ("1.5",))[0] for name in CHURN.raw]
    tmp_path.joinpath("batch.csv").write_text(",".join(cells) + "\n")
    tmp_path.joinpath("truth.csv").write_text(f"id,{CHURN.label}\nbatch.csv:1,{CHURN.classes[1]}\n")

    count = merge([(tmp_path / "batch.csv", "batch.csv")], [tmp_path / "truth.csv"], tmp_path / "labelled", "id", CHURN)

    (path,) = tmp_path.joinpath("labelled").iterdir()
    assert (count, rows(path)[1][-1]) == (1, CHURN.classes[1])
