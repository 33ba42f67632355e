"""Compares every metric with SciPy and plain sums over the rows of random tables."""

from __future__ import annotations

import math

from model_monitor.bias_metrics import report
from model_monitor.bias_metrics.cells import GROUP, LABEL, PREDICTED, Cells, Facet, encode
from model_monitor.bias_metrics.flip_test import Rows

import numpy as np
import pyarrow as pa
import pytest

TABLES = 500


def divide(a, b):
    return a / b if b else math.copysign(math.inf, a) if a else 0.0


def subtract(a, b):
    return 0.0 if a == b else a - b


def expected_metrics(d, y, p, group):
    """Compute all metrics from rows: d, y and p are Boolean arrays, group an array of strings or None."""
    from scipy.special import rel_entr

    a = ~d
    metrics = {"CI": (a.sum() - d.sum()) / len(d), "DPL": y[a].mean() - y[d].mean()}
    both = [label for label in (False, True) if (y[a] == label).any() and (y[d] == label).any()]
    pa_, pd_ = (np.array([(y[part] == label).mean() for label in both]) for part in (a, d))
    if both:
        mean = (pa_ + pd_) / 2
        metrics |= {
            "KL": rel_entr(pa_, pd_).sum(),
            "JS": (rel_entr(pa_, mean).sum() + rel_entr(pd_, mean).sum()) / 2,
            "LP": math.sqrt(((pa_ - pd_) ** 2).sum()),
            "TVD": abs(pa_ - pd_).sum() / 2,
            "KS": abs(pa_ - pd_).max(),
        }
    for name, outcome in (("CDDL", y), ("CDDPL", p)):
        if group is not None and (group != "").any() and outcome.any() and not outcome.all():
            groups = [g for g in np.unique(group[group != ""])]
            sizes = [(group == g).sum() for g in groups]
            values = [
                divide((d & ~outcome & (group == g)).sum(), (~outcome & (group == g)).sum())
                - divide((d & outcome & (group == g)).sum(), (outcome & (group == g)).sum())
                for g in groups
            ]
            metrics[name] = divide(np.dot(sizes, values), sum(sizes))

    def recall(part, outcome):
        return divide(((y == outcome) & (p == outcome) & part).sum(), ((y == outcome) & part).sum())

    def precision(part, outcome):
        return divide(((y == outcome) & (p == outcome) & part).sum(), ((p == outcome) & part).sum())

    benefit = p.astype(float) - y + 1
    metrics |= {
        "DPPL": p[a].mean() - p[d].mean(),
        "DI": divide(p[d].mean(), p[a].mean()),
        "AD": (y == p)[a].mean() - (y == p)[d].mean(),
        "RD": recall(a, True) - recall(d, True),
        "SD": recall(d, False) - recall(a, False),
        "DAR": precision(a, True) - precision(d, True),
        "DRR": precision(d, False) - precision(a, False),
        "DCA": subtract(divide(y[a].sum(), p[a].sum()), divide(y[d].sum(), p[d].sum())),
        "DCR": subtract(divide((~y[d]).sum(), (~p[d]).sum()), divide((~y[a]).sum(), (~p[a]).sum())),
        "TE": subtract(
            divide((y & ~p)[d].sum(), (~y & p)[d].sum()),
            divide((y & ~p)[a].sum(), (~y & p)[a].sum()),
        ),
        "GE": ((benefit / benefit.mean()) ** 2 - 1).sum() / (2 * len(y)),
    }
    return metrics


def expected_flip_test(features, d, p):
    """Compute the flip test by the distances from every row to every other."""
    a = ~d
    neighbours = 5 if a.sum() > 9 else 1
    distances = ((features[d][:, None] - features[a][None]) ** 2).sum(axis=2)
    nearest = np.argsort(distances, axis=1)[:, :neighbours]
    predicted = p[a][nearest].mean(axis=1) > 0.5
    return (p[d].astype(int) - predicted.astype(int)).mean()


def measure(d, y, p, group, features, names=report.POST_TRAINING_NAMES):
    """Compute the metrics by the package, from the cells of a table in chunks."""
    facet = Facet("facet", ("x",))
    columns = {
        facet: np.where(d, "x", "o"),
        LABEL: np.where(y, "yes", "no"),
        PREDICTED: np.where(p, "yes", "no"),
    } | ({} if group is None else {GROUP: group})
    parts = []
    for rows in np.array_split(np.arange(len(d)), 3):
        chunk = {role: pa.array([cell or None for cell in column[rows]]) for role, column in columns.items()}
        roles = {role: encode(column) for role, column in chunk.items()}
        cells, stored = Cells([facet], ["yes"]), Rows([f"f{n}" for n in range(features.shape[1])])
        if len(rows):
            cells.update(roles)
            stored.update({f"f{n}": pa.array(features[rows, n]) for n in range(features.shape[1])}, roles)
            parts.append((cells, stored))
    (cells, stored), *more_parts = parts
    for part_cells, part_rows in more_parts:
        cells.merge(part_cells)
        stored.merge(part_rows)
    reports = [report.pre_training(cells, "label"), report.post_training(cells, "label", stored, names)]
    metrics = [m for document in reports for m in document["facets"]["facet"][0]["metrics"]]
    return {m["name"]: float(m["value"]) if m["value"] is not None else m["error"] for m in metrics}


def random_tables():
    random = np.random.default_rng(0)
    for _ in range(TABLES):
        rows = int(random.choice([3, 5, 10, 40, 150]))
        shares = random.choice([0.05, 0.3, 0.5, 0.9], 3)
        d, y, p = (random.random(rows) < share for share in shares)
        d[:2], p[0] = (True, False), True  # both parts, and a positive prediction
        group = random.choice(["1", "2", "10", ""], rows) if random.random() < 0.7 else None
        yield d, y, p, group, random.normal(size=(rows, 2))


@pytest.mark.oracle
def test_every_metric_of_random_tables_follows_its_formula():
    compared = set()
    for number, (d, y, p, group, features) in enumerate(random_tables()):
        with_flips = number % 5 == 0  # the slow one
        expected = expected_metrics(d, y, p, group)
        if with_flips:
            expected["FT"] = expected_flip_test(features, d, p)
        names = [n for n in report.POST_TRAINING_NAMES if n in expected or n != "FT"]

        metrics = measure(d, y, p, group, features, names)

        for name, value in metrics.items():
            if isinstance(value, str):
                assert name not in expected, (name, value)
            else:
                assert value == pytest.approx(expected[name], abs=1e-12), name
                compared.add(name)
    assert compared == {*report.PRE_TRAINING_NAMES, *report.POST_TRAINING_NAMES}


def measure_lists(d, y, p, group=None):
    rows = len(d)
    arrays = (np.array(column, bool) for column in (d, y, p))
    return measure(*arrays, None if group is None else np.array(group), np.arange(rows, dtype=float)[:, None])


@pytest.mark.parametrize(
    ("d", "y", "name", "message"),
    [
        ([1, 1, 1], [0, 1, 1], "CI", "CI: negated facet set is empty. Check that x[~facet] has non-zero length."),
        ([1, 1, 1], [0, 1, 1], "DPL", "Negative facet set is empty."),
        ([0, 0, 0], [0, 1, 1], "CI", "CI: facet set is empty. Check that x[facet] has non-zero length."),
        ([0, 0, 0], [0, 1, 1], "DI", "Facet set is empty"),
        ([0, 0, 0], [0, 1, 1], "FT", "Facet set is empty"),
        ([1, 1, 1], [0, 1, 1], "AD", "Negated Facet set is empty"),
        ([1, 1, 0], [1, 1, 0], "KL", "No instance of common facet found, dataset may be too small"),
        ([1, 1, 0], [1, 1, 0], "CDDL", "Group variable is empty or not provided"),
    ],
)
def test_a_metric_that_is_not_defined_has_an_error(d, y, name, message):
    assert measure_lists(d, y, [1, 0, 1])[name] == message


@pytest.mark.parametrize(
    ("y", "message"), [([0, 0, 0], "No positive labels in set"), ([1, 1, 1], "No negative labels in set")]
)
def test_a_single_class_has_no_demographic_disparity(y, message):
    assert measure_lists([1, 0, 1], y, [1, 0, 1], ["1", "1", "2"])["CDDL"] == message


def test_only_false_negatives_have_no_entropy():
    from model_monitor.bias_metrics.metrics import POST_TRAINING, Counts

    rows = np.zeros((2, 2, 2), int)
    rows[:, 1, 0] = 3

    assert (
        POST_TRAINING["GE"].result("GE", Counts(rows))["error"].startswith("All predicted labels are false negatives.")
    )


def test_infinite_values_are_written_as_by_clarify():
    from model_monitor.bias_metrics.metrics import POST_TRAINING, Counts

    rows = np.zeros((2, 2, 2), int)
    rows[0, 0, 0], rows[1, 1, 1] = 5, 5  # no row of a is predicted positive

    assert POST_TRAINING["DI"].result("DI", Counts(rows))["value"] == "Infinity"
    assert POST_TRAINING["DCR"].result("DCR", Counts(rows))["value"] == -1.0
