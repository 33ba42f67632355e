"""Test that training and scoring read the same values from raw files with common defects."""

from __future__ import annotations

from pipelines.batch_inference.raw_rows import Columns, read_rows
from pipelines.scripts.container import InputError
from pipelines.scripts.headers import clean
from pipelines.scripts.schema import Schema
from pipelines.scripts.separators import find_separator
from pipelines.scripts.spelling import Spelling
from pipelines.scripts.tables import read_chunks

import pandas as pd
import pytest

EUROPEAN, AMERICAN = Spelling(decimal=",", thousands="."), Spelling(thousands=",")


def read_for_training(path, schema):
    """Read a file as preprocessing does."""
    return pd.concat(read_chunks([path], schema.types, schema.spellings)).drop(columns=schema.label)


def read_for_scoring(path, schema):
    """Read a file as batch inference does; bad rows are an error."""
    blocks = list(read_rows(path, path.name, Columns.of(schema, "id"))[1])
    if bad := [row for rows in blocks for row in rows.bad]:
        raise InputError(str(bad[0]))
    return pd.concat(rows.table.to_pandas() for rows in blocks)


@pytest.fixture(params=[read_for_training, read_for_scoring])
def read(request, tmp_path):
    """Return a function that returns the cells that a reader reads from a text."""

    def cells(text, schema):
        path = tmp_path / "rows.csv"
        path.write_text(text, encoding="utf-8", newline="")
        return request.param(path, schema).astype(object).where(lambda frame: frame.notna(), None).to_numpy().tolist()

    return cells


PLAIN = Schema("y", ("a", "b", "y"), {"b": ("x", "z")})


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("header", ["a{0}b{0}y\n", ""])
def test_cells_may_be_separated_by_any_of_four_separators(read, separator, header):
    text = header.format(separator) + f"1{separator}x{separator}2\n3.5{separator}z{separator}4\n"

    assert read(text, PLAIN) == [[1.0, "x"], [3.5, "z"]]


def test_a_separator_inside_cells_is_not_recognised():
    assert find_separator(["a,b", "1;2,3", "4;5,6"]) == ","
    assert find_separator(["a;b", "1,5;2,5", "3,5;4"]) == ";"
    assert find_separator(["only", "one"]) == ","
    assert find_separator([]) == ","


def test_spaces_around_cells_and_names_do_not_count(read):
    assert read(' a , "b" ,y\n 1 , x\t,2\n3,   ,4\n', PLAIN) == [[1.0, "x"], [3.0, None]]


@pytest.mark.parametrize(
    ("header", "names"),
    [
        (["a", "b"], ["a", "b"]),
        (["If yes, how many", 'the "best"', "two\nlines"], ["If yes how many", "the best", "two lines"]),
        (["", "a", " "], ["column_1", "a", "column_3"]),
        (["a", "a", "a"], ["a", "a_2", "a_3"]),
        (["a", "a", "a_2"], ["a", "a_3", "a_2"]),
        (["column_2", ""], ["column_2", "column_2_2"]),
    ],
)
def test_each_column_has_a_unique_name(header, names):
    assert clean(header) == names


def test_columns_are_matched_by_their_cleaned_names(read):
    schema = Schema("y", ("how many in all", "a", "a_2", "y"))

    assert read('"how many, in all",a,a,y\n1,2,3,4\n', schema) == [[1.0, 2.0, 3.0]]


def test_two_columns_with_the_name_of_a_used_column_are_refused(read):
    with pytest.raises(InputError, match="its header has a more than once"):
        read("a,a,b,y\n1,2,x,3\n", PLAIN)


@pytest.mark.parametrize(
    ("spelling", "cell", "number"),
    [
        (Spelling(missing=("?", "-")), "?", None),
        (Spelling(missing=("?", "-")), " - ", None),
        (Spelling(missing=("?",)), "1e3", 1000.0),
        (Spelling(missing=("99",)), "99", None),
        (Spelling(skip_text=True), "2100 - 2850", None),
        (Spelling(skip_text=True), "34.46Sq. Meter", None),
        (Spelling(skip_text=True), "-.5", -0.5),
        (EUROPEAN, '"1,5"', 1.5),
        (EUROPEAN, '"1.234,50"', 1234.5),
        (EUROPEAN, "1.234.567", 1234567.0),
        (EUROPEAN, "7", 7.0),
        (AMERICAN, '"1,234.5"', 1234.5),
        (AMERICAN, "12.5", 12.5),
        (Spelling(decimal=","), '"-0,25"', -0.25),
        (Spelling(decimal=","), "1.5", 1.5),
        (EUROPEAN, "2.5", 2.5),
        (EUROPEAN, '"0,107"', 0.107),
        (Spelling(), " ", None),
        (Spelling(), " NA ", None),
        (Spelling(), "12\u00a0", 12.0),
    ],
)
def test_a_number_is_read_as_it_is_written(read, spelling, cell, number):
    schema = Schema("y", ("a", "y"), spellings={"a": spelling})

    assert read(f"a,y\n1,2\n{cell},3\n", schema) == [[1.0], [number]]


@pytest.mark.parametrize(
    ("spelling", "cell"),
    [
        (Spelling(missing=("?",)), "many"),
        (EUROPEAN, '"1,234,567"'),
        (AMERICAN, '"12,34"'),
        (Spelling(), "1_000"),
        (Spelling(), "0x10"),
    ],
)
def test_an_invalid_number_is_reported_with_its_line(read, spelling, cell):
    schema = Schema("y", ("a", "y"), spellings={"a": spelling})

    with pytest.raises(InputError, match=r"rows\.csv, line 4.*column 1 \(a\): .* is not a number"):
        read(f"a,y\n1,2\n\n{cell},3\n", schema)


def test_a_marker_in_the_label_is_missing(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("a,y\n1,2\n2,?\n")
    schema = Schema("y", ("a", "y"), spellings={"y": Spelling(missing=("?",))})

    (chunk,) = read_chunks([path], schema.types, schema.spellings)

    assert str(schema.labels(chunk).tolist()) == "[2.0, nan]"


def test_a_blank_cell_of_a_plain_column_is_missing(read):
    assert read("a,b,y\n1,x,2\n   ,z,4\n", PLAIN) == [[1.0, "x"], [None, "z"]]


def test_without_a_header_the_number_of_columns_decides_the_separator(read):
    schema = Schema("y", ("a", "t", "y"), {"t": ("v",)}, spellings={"a": Spelling(decimal=",")})

    assert read("2,33;v;0\n4,67;w;0\n", schema) == [[2.33, "v"], [4.67, "w"]]


def test_a_short_row_does_not_change_the_separator(tmp_path):
    path = tmp_path / "batch.csv"
    path.write_text("id;a;b\n1;5;x\n2;6\n3;7;z\n")
    _, blocks = read_rows(path, path.name, Columns.of(PLAIN, "id"))
    (rows,) = blocks

    assert rows.ids.to_pylist() == ["1", "3"]
    assert [row.line for row in rows.bad] == [3]


def test_blank_lines_before_the_header_do_not_count(read):
    assert read("\n\r\na,b,y\n1,x,2\n", PLAIN) == [[1.0, "x"]]


def test_an_invalid_cell_after_blank_lines_is_reported_with_its_line(read):
    with pytest.raises(InputError, match=r"rows\.csv, line 4.*'many' is not a number"):
        read("\n\na,b,y\nmany,x,2\n", PLAIN)


def test_an_empty_first_cell_is_not_a_header(read):
    schema = Schema("y", ("column_1", "b", "y"), {"b": ("x",)})

    assert read(",x,1\n2,x,3\n", schema) == [[None, "x"], [2.0, "x"]]


def test_a_quote_inside_a_cell_is_an_ordinary_character(read):
    assert read('a,b,y\n1,6" pipe,2\n3,"4"" pipe",4\n', PLAIN) == [[1.0, '6" pipe'], [3.0, '4" pipe']]


def test_lines_inside_a_quoted_cell_are_bad_rows(tmp_path):
    path = tmp_path / "batch.csv"
    path.write_text('b,a,y\n"first\nx,1,2\nlast",3,4\nz,5,6\n')
    _, blocks = read_rows(path, path.name, Columns.of(PLAIN, "id"))
    (rows,) = blocks

    assert [row.line for row in rows.bad] == [2, 3, 4]
    assert rows.ids.to_pylist() == ["batch.csv:5"]


def test_a_header_may_be_longer_than_one_block(read):
    extra_names = ",".join(f"a_rather_long_name_{number}" for number in range(6000))

    assert read(f"{extra_names},a,b,y\n" + ",".join(["1"] * 6000) + ",2,x,3\n", PLAIN) == [[2.0, "x"]]


def test_markers_in_a_column_of_dates_are_missing(read):
    schema = Schema("y", ("d", "y"), dates={"d": "%Y-%m-%d"}, spellings={"d": Spelling(missing=("?",))})

    assert read("d,y\n2020-01-01,1\n?,2\n", schema) == [["2020-01-01"], [None]]


ONE_FEATURE = Schema("y", ("a", "y"))


@pytest.mark.parametrize("separator", [",", ";"])
def test_one_feature_and_the_label_are_two_cells_without_a_header(read, separator):
    assert read(f"1{separator}2\n3{separator}4\n", ONE_FEATURE) == [[1.0], [3.0]]


def test_a_malformed_first_line_is_not_skipped_as_blank(read):
    with pytest.raises(InputError, match=r"rows\.csv, line 2 is a header, which has to be the first line"):
        read("7\r,8\na,y\n1,2\n", ONE_FEATURE)
    with pytest.raises(InputError, match=r"rows\.csv, line 1: "):
        read("7\r,8\n1,2\n3,4\n", ONE_FEATURE)
