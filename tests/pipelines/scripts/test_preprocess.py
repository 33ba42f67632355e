"""Test preprocessing of class labels, of files with a header, and of data that nothing can be learnt from."""

from __future__ import annotations

import csv

from pipelines.scripts.container import InputError
from pipelines.scripts.features import Featurizer
from pipelines.scripts.preprocess import preprocess
from pipelines.scripts.schema import Schema

import numpy as np
import pytest

SCHEMA = Schema("kind", ("size", "colour", "kind"), {"colour": ("red", "blue")}, classes=("cat", "dog", "fish"))
GENERATOR = np.random.default_rng(5)
ROWS = [
    [f"{GENERATOR.normal():.3f}", GENERATOR.choice(["red", "blue"]), GENERATOR.choice(SCHEMA.classes)]
    for _ in range(200)
]

NO_FISH = [row for row in ROWS if row[2] != "fish"]


@pytest.fixture
def write(tmp_path):
    """Return a function that writes rows to data.csv and returns its path."""

    def write_rows(rows):
        path = tmp_path / "data.csv"
        with path.open("w", newline="") as file:
            csv.writer(file).writerows(rows)
        return path

    return write_rows


def labels(folder, split):
    with folder.joinpath(split, f"{split}.csv").open() as file:
        return [row[0] for row in csv.reader(file)]


def test_a_class_becomes_an_integer_and_in_the_test_set_a_float(write, tmp_path):
    preprocess(write(ROWS), tmp_path, 0, SCHEMA)

    assert set(labels(tmp_path, "train")) == {"0", "1", "2"}
    assert set(labels(tmp_path, "test")) == {"0.0", "1.0", "2.0"}
    fitted = Featurizer.load(tmp_path / "featurizer" / "featurizer.json")
    counts = [labels(tmp_path, "train").count(str(number)) for number in range(3)]
    assert list(fitted.class_rows) == counts
    assert fitted.naive == counts.index(max(counts))
    assert fitted.schema == SCHEMA


def test_two_classes_are_integers_in_all_splits(write, tmp_path):
    schema = Schema("colour", ("size", "colour"), classes=("red", "blue"))

    preprocess(write([row[:2] for row in ROWS]), tmp_path, 0, schema)

    assert {*labels(tmp_path, "train"), *labels(tmp_path, "test")} == {"0", "1"}


def test_a_header_may_have_the_columns_in_any_order_among_others(write, tmp_path):
    preprocess(write(ROWS), tmp_path / "plain", 0, SCHEMA)
    rows_with_header = [["kind", "note", "size", "colour"], *([row[2], "x", *row[:2]] for row in ROWS)]

    preprocess(write(rows_with_header), tmp_path / "named", 0, SCHEMA)

    for split in ("train", "test"):
        plain, with_header = (tmp_path.joinpath(n, split, f"{split}.csv").read_text() for n in ("plain", "named"))
        assert plain == with_header


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([["size", "colour"], *(row[:2] for row in ROWS)], "its header lacks kind; it has size, colour"),
        ([["size", "size", "colour", "kind"], *([row[0], *row] for row in ROWS)], "its header has size more than once"),
        ([*ROWS, ["1.0", "red", "bird"]], "column 'kind': 'bird' is not one of its classes: cat, dog, fish"),
        ([row for row in ROWS if row[2] != "fish"], "class 'fish' has 0 rows"),
        (
            [*(row for row in ROWS if row[2] != "fish"), ["1", "red", "fish"]],
            "class 'fish' has 1 rows, none of them in",
        ),
        ([["1.0", "red", "cat"]] * 50, "class 'dog' has 0 rows"),
    ],
)
def test_invalid_labels_are_refused_and_nothing_is_written(write, tmp_path, rows, message):
    with pytest.raises(InputError, match=message):
        preprocess(write(rows), tmp_path / "out", 0, SCHEMA)

    assert not tmp_path.joinpath("out").exists()


def test_a_constant_label_is_refused(write, tmp_path):
    with pytest.raises(InputError, match=r"'b', the label, is the same in all .* nothing to learn"):
        preprocess(write([[f"{n}", "7"] for n in range(50)]), tmp_path / "out", 0, Schema("b", ("a", "b")))


def test_a_column_equal_to_the_label_is_reported(write, tmp_path, capsys):
    preprocess(write([[f"{n}", f"{n % 9}", f"{n % 9}"] for n in range(50)]), tmp_path, 0, Schema("c", ("a", "b", "c")))

    assert "warning: column 'b' is the same as the label 'c' in every row" in capsys.readouterr().err


def test_a_model_that_takes_raw_columns_gets_them_unchanged(write, tmp_path):
    rows = [["", *ROWS[0][1:]], *ROWS[1:]]

    preprocess(write(rows), tmp_path, 0, SCHEMA, is_raw=True)

    fitted = Featurizer.load(tmp_path / "featurizer" / "featurizer.json")
    assert fitted.is_raw
    assert fitted.schema.raw == ["size", "colour"]
    written = []
    for split in ("train", "validation", "test"):
        with tmp_path.joinpath(split, f"{split}.csv").open() as file:
            written += [[_number(row[1]), row[2], SCHEMA.classes[int(float(row[0]))]] for row in csv.reader(file)]
    assert sorted(map(str, written)) == sorted(str([_number(row[0]), *map(str, row[1:])]) for row in rows)


def _number(cell):
    return cell and float(cell)
