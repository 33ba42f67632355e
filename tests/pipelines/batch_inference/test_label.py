"""Rows whose truth has come, as training data."""

from __future__ import annotations

from pipelines.abalone.columns import SCHEMA
from pipelines.scripts.preprocess import preprocess as fit
from pipelines.scripts.schema import Schema
from pipelines.scripts.spelling import Spelling

import pytest
from batch_scripts import rows, script

ROW = "M,0.455,0.365,0.095,0.514,0.2245,0.101,0.15"
HEADER = "sex,length,diameter,height,whole_weight,shucked_weight,viscera_weight,shell_weight"


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


EUROPEAN = Spelling(decimal=",", thousands=".", missing=("?",))
SPELT = Schema("y", ("a", "b", "y"), spellings={"a": EUROPEAN, "y": EUROPEAN})


def test_numbers_are_written_as_the_training_data_have_them(tmp_path):
    lines = ["a;b;y", *(f"1.{n:03},5;{n};{n},25" for n in range(60)), "?;1;2,5"]
    (tmp_path / "train.csv").write_text("\n".join(lines) + "\n")
    fit(tmp_path / "train.csv", tmp_path, 0, SPELT)
    (tmp_path / "batch.csv").write_text("id;a;b\nx;1.234,5;7\ny;?;8\nz;1;9\n")
    (tmp_path / "truth.csv").write_text("id;y\nx;3,75\ny;1.000,5\nz;?\n")
    inputs = ("--data", tmp_path / "batch.csv", "--truth", tmp_path / "truth.csv")

    done = script("label", *inputs, "--featurizer", tmp_path / "featurizer", "--output", tmp_path / "labelled")

    assert done.returncode == 0, done.stderr
    (found,) = (rows(path) for path in (tmp_path / "labelled").glob("*"))
    assert found == [["a", "b", "y"], ["1234,5", "7.0", "3,75"], ["", "8.0", "1000,5"]]
    (tmp_path / "train.csv").rename(tmp_path / "labelled" / "train.csv")
    fit(tmp_path / "labelled", tmp_path / "fitted", 0, SPELT)  # both can be trained on together
