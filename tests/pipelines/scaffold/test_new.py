"""Test ``pipelines new``: its use cases run without edits, and it refuses unusable files."""

from __future__ import annotations

import csv
import json
import shlex

from local_sagemaker.tools.command_errors import UsageError
from local_sagemaker.tools.commands.__main__ import main
from pipelines.scaffold.profile import profile_file

import numpy as np
import pytest
from clones import copy_project
from paths import ROOT
from shells import shell_in

pytest.importorskip("sagemaker.core", reason="needs the SageMaker SDK")
datasets = pytest.importorskip("sklearn.datasets", reason="the data sets are scikit-learn's")

#: docs/own-data.md has a binary problem.
DATA = {"diabetes": "regression", "iris": "multiclass"}
RANDOM = np.random.default_rng(2)


@pytest.fixture
def clone(tmp_path):
    """Return a clone of the project, and a shell in it."""
    folder = copy_project(tmp_path / "clone")
    return folder, shell_in(folder, folder)


def frame_of(name):
    dataset = getattr(datasets, f"load_{name}")(as_frame=True)
    frame = dataset.frame
    if name != "diabetes":
        frame["target"] = [dataset.target_names[number] for number in frame["target"]]
    return frame


@pytest.mark.parametrize(("name", "problem"), DATA.items())
def test_a_use_case_of_a_scikit_learn_data_set_runs_without_edits(clone, name, problem):
    folder, shell = clone
    frame_of(name).to_csv(folder / "rows.csv", index=False)

    creation = shell(f"pipelines new {name} --problem {problem} --target target --data rows.csv --format json")

    assert creation.returncode == 0, creation.stderr
    result = json.loads(creation.stdout)
    assert all(folder.joinpath(path).is_file() for path in result["files"])
    block = folder.joinpath("pipelines", name, "README.md").read_text().split("```")[1]
    for line in block.strip().splitlines():
        process = shell(line)
        assert process.returncode == 0, process.stderr
    if name == "iris":  # once is enough: the test is the same
        tests = "python -m pytest -q -p no:cacheprovider tests/pipelines/iris tests/pipelines/test_golden.py -k iris"
        assert "2 passed" in shell(tests).stdout


@pytest.fixture
def new(tmp_path, capsys):
    """Return a function that runs ``pipelines new`` on rows that it must refuse, and returns stderr."""

    def run_refused(rows, problem="regression", target="y", name="example"):
        path = tmp_path / "rows.csv"
        with path.open("w", newline="") as file:
            csv.writer(file).writerows(rows)
        files_before = list_files()
        code = main(["new", name, "--problem", problem, "--target", target, "--data", str(path)])
        assert list_files() == files_before, "nothing is written"
        assert code == 2
        return capsys.readouterr().err

    return run_refused


def list_files():
    folders = (ROOT / name for name in ("pipelines", "tests"))
    files = sorted(path for folder in folders for path in folder.rglob("*") if "__pycache__" not in path.parts)
    return files, ROOT.joinpath("setup.cfg").read_text()


def rows(labels, header=("x", "y")):
    return [header, *([f"{RANDOM.normal():.4f}", label] for label in labels)]


NUMBERS = [f"{value:.3f}" for value in RANDOM.normal(size=60)]
ANIMALS = ["cat", "dog", "fish"] * 20


@pytest.mark.parametrize(
    ("table", "problem", "message"),
    [
        (rows(NUMBERS, ("x", "z")), "regression", "has no column 'y'; its first line has to be a header: ['x', 'z']"),
        (rows(["7"] * 60), "regression", "'y' is 7 in every row: there is nothing to learn"),
        (
            rows([*NUMBERS, *["many"] * 9]),
            "regression",
            "'y' has the value 'many': a regression's target has to be a number",
        ),
        (rows(["yes"] * 60), "binary", "'y' is 'yes' in every row: there is nothing to learn"),
        (rows(ANIMALS), "binary", "'y' has 3 values (cat, dog, fish, ...); a binary problem's target has two"),
        (rows(["yes", "no"] * 30), "multiclass", "'y' has 2 values (yes, no); a multiclass problem's target has 3"),
        (rows(NUMBERS * 3), "multiclass", "classes in 180 rows, but 10 rows per class are needed"),
        (rows([f"{n}" for n in range(200)]), "multiclass", "'y' has many values"),
        (rows([*ANIMALS, "bird"]), "multiclass", "'y': class 'bird' has only 1 row, too few for training"),
        (rows(["yes"] * 60 + ["no"] * 2), "binary", "class 'no' has only 2 rows, too few for training"),
        (
            [("x", "y"), *((n, n) for n in NUMBERS)],
            "regression",
            "has no column from which y could be predicted: x has the same",
        ),
        (
            [("x", "y"), *(("", n) for n in NUMBERS)],
            "regression",
            "from which y could be predicted: x has no value",
        ),
        ([], "regression", "rows.csv has no first line"),
        (
            [["b_x", "b", "y"], *([n, "xz"[k % 2], f"{k % 7}.5"] for k, n in enumerate(NUMBERS))],
            "regression",
            "'b_x' would exist twice; rename one",
        ),
        ([("x", "y")], "regression", "no rows in rows.csv"),
    ],
)
def test_an_unusable_file_is_refused(new, table, problem, message):
    assert message in new(table, problem)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("abalone", "pipelines/abalone exists already"),
        ("steps", "pipelines/steps exists already"),
        ("My-Case", "'My-Case' cannot be the name of a package"),
        ("class", "'class' cannot be the name of a package"),
        ("x" * 31, "30 characters at most"),
        ("registry", "pipelines/registry.py exists already"),
        ("churn_", "'churn_' cannot be the name of a package"),
    ],
)
def test_an_invalid_name_is_refused_and_nothing_overwritten(new, name, message):
    assert message in new(rows(NUMBERS), name=name)


def test_leaks_and_columns_without_information_are_left_out_and_reported(tmp_path):
    labels = RANDOM.choice(["no", "yes"], 300)
    columns = {
        "size": RANDOM.normal(size=300).round(3),
        "colour": RANDOM.choice(["red", "blue"], 300),
        "copy": np.where(labels == "yes", 1, 0),
        "row": np.arange(300),
        "note": [f"note {n}" for n in range(300)],
        "nothing": [""] * 300,
        "promo": ["yes", "", ""] * 100,
        "share": ["1", "", ""] * 100,
        "same": ["a"] * 300,
        "bought": labels,
    }
    path = tmp_path / "rows.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([columns, *zip(*columns.values(), strict=True)])

    profile = profile_file(path, "bought", "binary")

    assert profile.schema.numeric == ("size",)
    assert profile.schema.categories == {"colour": ("blue", "red"), "promo": ("yes",)}
    assert profile.schema.classes == ("no", "yes")
    assert profile.excluded == {
        "copy": "has the same information as bought in every row: it would leak the target",
        "row": "counts the rows",
        "note": "has a different text in nearly every row",
        "nothing": "has no value",
        "share": "is the same number in all rows that have one",
        "same": "is the same in all rows",
    }


def test_the_target_in_another_unit_is_a_leak(tmp_path):
    path = tmp_path / "rows.csv"
    values = RANDOM.normal(1e9, 1, 200)
    table = zip(RANDOM.normal(size=200), values * 100, values, strict=True)
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([("x", "cents", "y"), *table])

    assert profile_file(path, "y", "regression").excluded.keys() == {"cents"}


def test_a_misspelled_target_gets_a_suggestion(new):
    assert "no column 'prise'; did you mean 'price'" in new(rows(NUMBERS, ("x", "price")), target="prise")


def test_unusual_bytes_are_reported(tmp_path):
    for content in (b"x,y\r1,2\r", b"\xff\xfex\0,\0y\0"):
        path = tmp_path / "rows.csv"
        path.write_bytes(content)
        with pytest.raises(UsageError, match=r"rows\.csv(: its lines end in carriage returns| is not UTF-8)"):
            profile_file(path, "y", "regression")


def test_unusual_names_give_valid_code(clone, tmp_path):
    folder, shell = clone
    header = ["a $x", "C:\\users", "same\\u", "it's", "tar'g\\et"]
    table = [[x, 2 * k % 7, 1, "ab"[k % 2], f"{float(x) * 2 + k % 7:.3f}"] for k, x in enumerate(NUMBERS)]
    data = tmp_path / "my data"
    data.mkdir()
    with data.joinpath("rows.csv").open("w", newline="") as file:
        csv.writer(file).writerows([header, *table])

    creation = shell(f"pipelines new zebra --problem regression --target \"tar'g\\\\et\" --data '{data}/rows.csv'")

    assert creation.returncode == 0, creation.stderr
    assert f"InputDataUrl='{data}/rows.csv'" in json.loads(creation.stdout)["next"]
    for path in folder.joinpath("pipelines", "zebra").glob("*.py"):
        compiled = ["python", "-W", "error", "-c", f"import ast; ast.parse(open('{path}').read())"]
        assert shell(" ".join(map(shlex.quote, compiled))).returncode == 0
        lines = [line for line in path.read_text().splitlines() if line.startswith("from pipelines.")]
        assert lines == sorted(lines)
