"""Test how ``pipelines new`` profiles a file, and what it reports before anything is written."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("sagemaker.core", reason="needs the SageMaker SDK")

from local_sagemaker.tools.command_errors import UsageError
from pipelines.scaffold.messages import messages
from pipelines.scaffold.profile import Overrides, profile_file
from pipelines.scripts.preprocess import fit_rows
from pipelines.scripts.spelling import Spelling

RANDOM = np.random.default_rng(4)
ROWS = 400
X = RANDOM.normal(size=ROWS).round(3)
Y = (3 * X + RANDOM.normal(size=ROWS)).round(3)


@pytest.fixture
def profile(tmp_path):
    """Return a function that profiles columns as a file, and returns the profile and the messages."""

    def run(columns, target="y", problem="regression", separator=",", **overrides):
        path = tmp_path / "rows.csv"
        lines = [
            separator.join(columns),
            *(separator.join(map(str, row)) for row in zip(*columns.values(), strict=True)),
        ]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        result = profile_file(path, target, problem, Overrides(**overrides))
        return result, list(messages(result))

    return run


def with_cells(values, cells):
    """Return the values with the first ones replaced by these cells."""
    return [*cells, *map(str, values[len(cells) :])]


@pytest.mark.parametrize(
    ("cells", "missing"),
    [
        (["?"] * 60, ("?",)),
        (["-", "n.a.", "unknown"] * 20, ("-", "n.a.", "unknown")),
        (["many", "few"], ("few", "many")),
    ],
)
def test_a_numeric_column_may_have_markers(profile, cells, missing):
    result, printed = profile({"x": with_cells(X, cells), "y": Y})

    assert result.schema.numeric == ("x",)
    assert result.schema.spellings == {"x": Spelling(missing=missing)}
    assert result.missing["x"]["cells"] == len(cells)
    assert f"missing: x is numeric except for {len(cells)} cells" in printed[0]
    assert "--text 'x'" in printed[0]


def test_with_many_different_markers_any_text_is_missing(profile):
    ranges = [f"{n} - {n + 5}" for n in range(11)]

    result, _ = profile({"x": with_cells(X, ranges), "y": Y})

    assert result.schema.spellings == {"x": Spelling(skip_text=True)}


def test_a_column_with_much_text_is_text_unless_an_option_says_numeric(profile):
    columns = {"x": with_cells(RANDOM.integers(0, 5, ROWS), ["many"] * 30), "y": Y}

    assert profile(columns)[0].schema.categories["x"] == ("0", "1", "2", "3", "4", "many")
    assert profile(columns, numeric=["x"])[0].schema.spellings == {"x": Spelling(missing=("many",))}
    assert profile(columns, max_markers=0.1)[0].schema.spellings == {"x": Spelling(missing=("many",))}
    assert profile(columns, numeric=["x"])[0].schema.types["x"] is float


def test_an_option_reads_numbers_as_text(profile):
    result, _ = profile({"zone": RANDOM.integers(1, 4, ROWS), "x": X, "y": Y}, text=["zone"])

    assert result.schema.categories == {"zone": ("1", "2", "3")}


def test_european_numbers_are_numbers(profile):
    columns = {"x": [f"{x * 1000:,.2f}".translate(str.maketrans(",.", ".,")) for x in X], "y": Y}

    result, printed = profile(columns, separator=";")

    assert result.schema.spellings == {"x": Spelling(decimal=",", thousands=".")}
    assert printed == ["cells are separated by a semicolon"]


def test_thousands_may_be_separated_by_commas(profile):
    result, _ = profile({"x": [f'"{10_000 + 1000 * x:,.0f}"' for x in X], "y": Y})

    assert result.schema.spellings == {"x": Spelling(thousands=",")}


@pytest.mark.parametrize(
    ("date_format", "text"),
    [
        ("%Y-%m-%d", "2020-{m:02}-{d:02}"),
        ("%d/%m/%Y", "{d:02}/{m:02}/2020"),
        ("%Y-%m-%d %H:%M", "2020-{m:02}-{d:02} 09:30"),
    ],
)
def test_dates_are_dates(profile, date_format, text):
    days = [text.format(m=n % 12 + 1, d=n % 28 + 1) for n in range(ROWS)]

    result, printed = profile({"day": days, "x": X, "y": Y})

    assert result.schema.dates == {"day": date_format}
    assert f"date: day is read as {date_format}" in printed


def test_many_categories_are_encoded_by_frequency_and_identifiers_are_left_out(profile):
    cities = [f"city {min(n % 97, n % 60)}" for n in range(ROWS)]
    columns = {"city": ["Rome"] * 50 + cities[50:], "ticket": [f"no {n}" for n in range(ROWS)], "x": X, "y": Y}

    result, printed = profile(columns)

    assert result.schema.frequencies == ("city",)
    assert "Rome" in result.schema.categories["city"]
    assert len(result.schema.categories["city"]) <= 20
    assert "left out: ticket has a different text in nearly every row" in printed
    with_ticket, _ = profile(columns, keep=["ticket"])
    assert with_ticket.schema.frequencies == ("city", "ticket")
    assert "city" not in profile(columns, drop=["city"])[0].schema.order


def test_columns_that_add_up_to_the_target_are_reported_with_the_option_that_drops_them(profile):
    casual, registered = RANDOM.integers(0, 500, ROWS), RANDOM.integers(0, 900, ROWS)
    columns = {"temp": X, "casual": casual, "registered": registered, "cnt": casual + registered}

    result, printed = profile(columns, "cnt")

    warning = "warning: casual + registered = cnt in every row, which leaks the target; drop them"
    assert printed == [f"{warning}: --drop 'casual' 'registered'"]
    assert result.schema.numeric == ("temp", "casual", "registered")
    assert not profile(columns, "cnt", drop=["casual", "registered"])[0].leaking_sum


def test_columns_that_nearly_add_up_are_not_a_leak(profile):
    assert not profile({"a": X, "b": Y, "y": (X + 2 * Y + RANDOM.normal(size=ROWS) * 0.01).round(4)})[0].leaking_sum


def test_unsafe_names_are_replaced_and_an_index_is_left_out(profile):
    result, printed = profile({"": RANDOM.permutation(ROWS), '"If yes, how many"': X, "y": Y})

    assert result.schema.order == ("If yes how many", "y")
    assert printed[:2] == [
        "renamed: '' to 'column_1'",
        "renamed: 'If yes, how many' to 'If yes how many'",
    ]
    assert "left out: column_1 has no name and another value in every row: it is the row index" in printed


def test_spaces_around_cells_are_reported(profile):
    diagnoses = ["ckd\t"] * 3 + ["ckd", "not"] * 198 + ["not"]

    result, printed = profile({"x": RANDOM.normal(size=ROWS).round(3), "kind": diagnoses}, "kind", "binary")

    assert result.schema.classes == ("ckd", "not")
    assert printed == ["stripped: spaces around 3 cells of kind"]


RARE = {"x": X, "quality": ["good"] * 200 + ["bad"] * 190 + ["best"] * 8 + ["worst"] * 2}


def test_a_rare_class_is_reported_with_the_options(profile):
    with pytest.raises(UsageError, match=r"class 'worst' has only 2 rows, too few .* --drop-rare .* --merge-rare NAME"):
        profile(RARE, "quality", "multiclass")


def test_rare_classes_can_be_dropped_or_merged(profile):
    dropped, _ = profile(RARE, "quality", "binary", drop_rare=True)
    merged, _ = profile(RARE, "quality", "multiclass", merge_rare="odd")

    assert dropped.schema.classes == ("bad", "good")
    assert dropped.schema.rare_classes == {"best": None, "worst": None}
    assert dropped.without_target == 10
    assert merged.schema.classes == ("bad", "good", "odd")
    assert merged.schema.rare_classes == {"best": "odd", "worst": "odd"}


def test_a_class_of_few_rows_is_used_with_a_warning(profile):
    columns = {name: values[:398] for name, values in RARE.items()}

    _, printed = profile(columns, "quality", "multiclass")

    assert printed == ["warning: class 'best' has only 8 rows; --drop-rare skips them"]


@pytest.mark.parametrize("option", ["keep", "drop", "numeric", "text"])
def test_an_unknown_column_gets_a_suggestion(profile, option):
    with pytest.raises(UsageError, match=f"--{option}: .* has no column 'colour'; did you mean 'color'"):
        profile({"color": X, "y": Y}, **{option: ["colour"]})


def test_the_target_cannot_be_dropped(profile):
    with pytest.raises(UsageError, match="--drop: 'y' is the target"):
        profile({"x": X, "y": Y}, drop=["y"])


def test_blocks_do_not_matter(profile, monkeypatch):
    from pipelines.scaffold import cells

    columns = {
        "x": with_cells(X, ["?"] * 5),
        "day": ["2020-01-05", "2021-02-06"] * 200,
        "kind": ["a", "b ", "c", "d"] * 100,
        "y": Y,
    }
    one_block, _ = profile(columns)
    monkeypatch.setattr(cells, "BLOCK_BYTES", 500)

    assert profile(columns)[0] == one_block


@pytest.mark.parametrize(
    ("cells", "separator", "spelling"),
    [
        (['"0,100"', '"0,107"', '"0,251"', '"0,914"'], ",", Spelling(decimal=",")),
        (["0,100", "0,107", "0,251", "0.5"], ";", Spelling(decimal=",")),
        (["2.101", "3.102", "4.103", "1.100.000"], ";", Spelling(decimal=",", thousands=".")),
        (["4.860,25", "4.860,25", "4.861,50", "1.288"], ";", Spelling(decimal=",", thousands=".")),
        (['"1,234"', '"5,678"', '"9,012"', "15"], ",", Spelling(thousands=",")),
        (["1", "2", "3.5", " "], ",", Spelling()),
        (["1", "2", "3.5", "4 "], ",", Spelling()),
    ],
)
def test_a_spelling_is_chosen_that_reads_every_cell(profile, tmp_path, cells, separator, spelling):
    result, _ = profile({"x": cells * 100, "y": Y}, separator=separator)

    assert result.schema.spellings == {"x": spelling}
    fit_rows([tmp_path / "rows.csv"], 0, result.schema)


def test_a_category_of_signs_stays_a_category(profile):
    result, _ = profile({"rh": (["+", "-"] * 49 + ["0", "0"]) * 4, "x": X, "y": Y})

    assert result.schema.categories == {"rh": ("+", "-", "0")}


def test_dates_with_markers_are_dates(profile, tmp_path):
    days = ["?", *(f"2020-{n % 12 + 1:02}-{n % 28 + 1:02}" for n in range(1, ROWS))]

    result, printed = profile({"day": days, "x": X, "y": Y})

    assert result.schema.dates == {"day": "%Y-%m-%d"}
    assert result.schema.spellings == {"day": Spelling(missing=("?",))}
    assert printed[0].startswith("missing: day is a date except for 1 cells")
    fit_rows([tmp_path / "rows.csv"], 0, result.schema)[0].finish()


def test_an_option_reads_numbers_of_many_values_as_text(profile):
    codes = [f"{10_000 + n % 150}" for n in range(ROWS)]

    assert profile({"zip": codes, "x": X, "y": Y}, text=["zip"])[0].schema.frequencies == ("zip",)


def test_ids_and_columns_without_a_name_are_left_out_unless_keep_lists_them(profile):
    columns = {"ID": RANDOM.permutation(ROWS), "": RANDOM.integers(0, 9, ROWS), "x": X, "y": Y}

    result, printed = profile(columns)

    assert result.schema.order == ("x", "y")
    assert "left out: ID has an identifier's name and another value in every row" in printed
    assert "left out: column_2 has no name, so it could not be found in another file" in printed
    assert profile(columns, keep=["ID", "column_2"])[0].schema.order == ("ID", "column_2", "x", "y")


def test_two_columns_with_the_same_name_are_refused_if_one_is_unusable(profile, tmp_path):
    path = tmp_path / "twice.csv"
    path.write_text("\n".join(["a,a,y", *(f"{x},,{y}" for x, y in zip(X, Y, strict=True))]))

    with pytest.raises(UsageError, match="two columns are called 'a', and 'a_2' is not used"):
        profile_file(path, "y", "regression")


def test_blank_lines_before_the_header_are_skipped(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("\n\nx,y\n" + "\n".join(f"{x},{y}" for x, y in zip(X, Y, strict=True)))

    assert profile_file(path, "y", "regression").rows == ROWS


def test_a_block_of_only_markers_does_not_exclude_dates(profile, monkeypatch):
    from pipelines.scaffold import cells

    monkeypatch.setattr(cells, "BLOCK_BYTES", 500)
    days = ["?"] * 100 + [f"2020-{n % 12 + 1:02}-{n % 28 + 1:02}" for n in range(ROWS - 100)]

    assert profile({"day": days, "x": X, "y": Y})[0].schema.dates == {"day": "%Y-%m-%d"}


def test_a_malformed_first_line_is_not_a_header(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_bytes(b"7\r,8\nx,y\n1,2\n")

    with pytest.raises(UsageError, match="line 1 cannot be read as CSV; it has to be a header"):
        profile_file(path, "y", "regression")
