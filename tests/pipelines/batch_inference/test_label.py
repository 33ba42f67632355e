"""Test that rows with a known ground truth become training data."""

from __future__ import annotations

from pipelines.abalone.columns import SCHEMA
from pipelines.scripts.preprocess import preprocess as fit
from pipelines.scripts.schema import Schema
from pipelines.scripts.spelling import Spelling

import pytest
from batch_scripts import rows, run_script

ROW = "M,0.455,0.365,0.095,0.514,0.2245,0.101,0.15"
HEADER = "sex,length,diameter,height,whole_weight,shucked_weight,viscera_weight,shell_weight"


@pytest.fixture
def label_batch(fitted_folder, tmp_path):
    """Return a function that merges a batch and its ground truth; it returns the process and name -> rows."""

    def run(files, ground_truth, *arguments):
        for name, content in files.items():
            path = tmp_path / "batch" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        tmp_path.joinpath("ground-truth.csv").write_text(ground_truth)
        output = tmp_path / "labelled"
        inputs = (
            "--data",
            tmp_path / "batch",
            "--truth",
            tmp_path / "ground-truth.csv",
            "--featurizer",
            fitted_folder / "featurizer",
        )
        process = run_script("label", *inputs, "--output", output, *arguments)
        return process, {path.name: rows(path) for path in output.glob("*")}

    return run


def test_rows_with_ground_truth_become_training_data_named_by_the_hashes_of_batch_and_content(label_batch, tmp_path):
    named_csv = f"id,keeper,{HEADER}\n" + "".join(f"s{n},Jo,{ROW}\n" for n in range(3)) + f"s3,Jo,F,,,{ROW[8:]}\n"
    ground_truth = "id,rings\ns0,9\ns1,\ns2,11.0\nnobody,3\nplain.csv:1,7\n"
    bad_row = "M,much,0.365,0.095,0.514,0.2245,0.101,0.15\n"

    process, written = label_batch({"named.csv": named_csv, "plain.csv": f"{ROW}\n{bad_row}"}, ground_truth)

    assert process.returncode == 0, process.stderr
    assert process.stdout == "3 rows with their ground truth, as training data\n"
    (table,) = written.values()
    assert table == [[*HEADER.split(","), "rings"], *([*ROW.split(","), rings] for rings in ("9.0", "11.0", "7.0"))]
    _, same_files = label_batch({}, ground_truth.replace("9\n", "9.00\n"))
    assert same_files == written, "the same rows give the same file"
    _, more_files = label_batch({}, ground_truth.replace("nobody,3", "s1,12"))
    assert len(more_files) == 2, "other rows give another file"
    assert len({name.partition("-")[0] for name in more_files}) == 1, "of the same batch"
    fit(tmp_path / "labelled", tmp_path / "fitted", 0, SCHEMA)  # the written rows can be used for training


def test_a_batch_without_ground_truth_writes_no_training_data(label_batch):
    process, written = label_batch({"plain.csv": f"{ROW}\n"}, "id,rings\nnobody,3\n")

    assert (process.returncode, written) == (0, {})


def test_contradictory_ground_truth_is_refused(label_batch):
    process, written = label_batch({"plain.csv": f"{ROW}\n"}, "id,rings\nplain.csv:1,3\nplain.csv:1,4\n")

    assert (process.returncode, written) == (1, {})
    assert process.stderr == "error: the ground truth of 'plain.csv:1' is both '3.0' and '4.0'; keep one of them\n"


def test_a_class_keeps_its_name_in_training_data(tmp_path):
    from pipelines.batch_inference.labelled import merge
    from pipelines.churn.columns import SCHEMA as CHURN

    cells = [CHURN.categories.get(name, ("1.5",))[0] for name in CHURN.raw]
    tmp_path.joinpath("batch.csv").write_text(",".join(cells) + "\n")
    tmp_path.joinpath("ground-truth.csv").write_text(f"id,{CHURN.label}\nbatch.csv:1,{CHURN.classes[1]}\n")

    count = merge(
        [(tmp_path / "batch.csv", "batch.csv")], [tmp_path / "ground-truth.csv"], tmp_path / "labelled", "id", CHURN
    )

    (path,) = tmp_path.joinpath("labelled").iterdir()
    assert (count, rows(path)[1][-1]) == (1, CHURN.classes[1])


EUROPEAN = Spelling(decimal=",", thousands=".", missing=("?",))
SPELLED_SCHEMA = Schema("y", ("a", "b", "y"), spellings={"a": EUROPEAN, "y": EUROPEAN})


def test_numbers_are_spelled_as_in_the_training_data(tmp_path):
    lines = ["a;b;y", *(f"1.{n:03},5;{n};{n},25" for n in range(60)), "?;1;2,5"]
    (tmp_path / "train.csv").write_text("\n".join(lines) + "\n")
    fit(tmp_path / "train.csv", tmp_path, 0, SPELLED_SCHEMA)
    (tmp_path / "batch.csv").write_text("id;a;b\nx;1.234,5;7\ny;?;8\nz;1;9\n")
    (tmp_path / "ground-truth.csv").write_text("id;y\nx;3,75\ny;1.000,5\nz;?\n")
    inputs = ("--data", tmp_path / "batch.csv", "--truth", tmp_path / "ground-truth.csv")

    process = run_script("label", *inputs, "--featurizer", tmp_path / "featurizer", "--output", tmp_path / "labelled")

    assert process.returncode == 0, process.stderr
    (table,) = (rows(path) for path in (tmp_path / "labelled").glob("*"))
    assert table == [["a", "b", "y"], ["1234,5", "7.0", "3,75"], ["", "8.0", "1000,5"]]
    (tmp_path / "train.csv").rename(tmp_path / "labelled" / "train.csv")
    fit(tmp_path / "labelled", tmp_path / "fitted", 0, SPELLED_SCHEMA)  # both files can be used for training together
