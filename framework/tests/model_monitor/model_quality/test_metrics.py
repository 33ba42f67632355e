"""Compare the metrics with scikit-learn's on thousands of tables, and with the examples of AWS's documentation."""

from __future__ import annotations

import itertools
import math

from model_monitor import documents
from model_monitor.model_quality.analysis import analyse
from model_monitor.model_quality.attributes import Attributes
from model_monitor.model_quality.binary import Binary
from model_monitor.model_quality.confusion import Multiclass
from model_monitor.model_quality.curves import MAX_SCORES, Scores
from model_monitor.model_quality.folds import FOLDS, FoldGenerator, deviations
from model_monitor.model_quality.regression import Regression
from model_monitor.monitor_error import MonitorError
from model_monitor.result import CONSTRAINTS_FILE, STATISTICS_FILE
from model_monitor.tables.dataset import Dataset

import numpy as np
import pyarrow as pa
import pytest
import sklearn.metrics as oracle

TABLES = 400
SKLEARN_BINARY = {
    "recall": oracle.recall_score,
    "precision": oracle.precision_score,
    "accuracy": oracle.accuracy_score,
    "f1": oracle.f1_score,
    "f0_5": lambda t, p: oracle.fbeta_score(t, p, beta=0.5),
    "f2": lambda t, p: oracle.fbeta_score(t, p, beta=2),
    "true_negative_rate": lambda t, p: oracle.recall_score(1 - t, 1 - p),
    "false_positive_rate": lambda t, p: 1 - oracle.recall_score(1 - t, 1 - p),
    "false_negative_rate": lambda t, p: 1 - oracle.recall_score(t, p),
}


def strings(values):
    return pa.array([str(value) for value in values]).dictionary_encode()


def draws(seed):
    """Yield random tables; the larger the number, the larger the table."""
    random = np.random.default_rng(seed)
    for number in range(TABLES):
        yield random, int(random.integers(2, 20 + number // 4))


def accumulate(factory, columns, pieces=3):
    """Return the accumulator of the rows, which are added as partitions of unequal length that are then merged."""
    rows = len(columns["ground_truth"])
    cuts = sorted({0, rows, *np.random.default_rng(rows).integers(0, rows + 1, pieces - 1).tolist()})
    parts = []
    for number, (start, end) in enumerate(itertools.pairwise(cuts)):
        part = factory()
        part.update({name: column[start:end] for name, column in columns.items()}, FoldGenerator(number)(end - start))
        parts.append(part)
    merged = parts[0]
    for part in parts[1:]:
        merged.merge(part)
    return merged


@pytest.mark.oracle
def test_a_regressions_metrics_are_those_of_scikit_learn():
    for random, rows in draws(1):
        ground_truth = random.normal(random.normal() * 10, 1 + random.random(), rows)
        predicted = ground_truth + random.normal(0, random.random(), rows)

        result = accumulate(
            Regression, {"ground_truth": pa.array(ground_truth), "predicted": pa.array(predicted)}
        ).metrics()

        assert result["mae"] == pytest.approx(oracle.mean_absolute_error(ground_truth, predicted), rel=1e-12)
        assert result["mse"] == pytest.approx(oracle.mean_squared_error(ground_truth, predicted), rel=1e-12)
        assert result["rmse"] == pytest.approx(oracle.root_mean_squared_error(ground_truth, predicted), rel=1e-12)
        assert result["r2"] == pytest.approx(oracle.r2_score(ground_truth, predicted), rel=1e-9, abs=1e-12)


@pytest.mark.oracle
def test_a_binary_classifications_metrics_are_those_of_scikit_learn():
    for random, rows in draws(2):
        ground_truth = random.integers(0, 2, rows)
        scores = np.round(random.random(rows) * 0.7 + ground_truth * random.random() * 0.3, int(random.integers(1, 6)))
        predicted = (scores > 0.5).astype(int)
        if not 0 < ground_truth.sum() < rows or not 0 < predicted.sum() < rows:
            continue

        accumulator = accumulate(Binary, {"ground_truth": strings(ground_truth), "probability": pa.array(scores)})
        result = accumulator.metrics()

        for name, expected in SKLEARN_BINARY.items():
            assert result[name] == pytest.approx(expected(ground_truth, predicted), rel=1e-12, abs=1e-15), name
        assert result["true_positive_rate"] == result["recall"]
        assert result["auc"] == pytest.approx(oracle.roc_auc_score(ground_truth, scores), rel=1e-12)
        curve = accumulator.structures()["precision_recall_curve"]
        precisions, recalls, _ = oracle.precision_recall_curve(ground_truth, scores)
        assert curve["precisions"][1:] == pytest.approx(precisions[:-1][::-1], rel=1e-12)
        assert curve["recalls"][1:] == pytest.approx(recalls[:-1][::-1], rel=1e-12)
        assert result["au_prc"] == pytest.approx(oracle.auc(curve["recalls"], curve["precisions"]), rel=1e-12)


@pytest.mark.filterwarnings("ignore:A single label was found")
@pytest.mark.oracle
def test_a_classification_of_several_classes_has_the_metrics_of_scikit_learn():
    for random, rows in draws(3):
        classes = np.array(list("abcdefgh"))[: random.integers(2, 9)]
        ground_truth = random.choice(classes, rows)
        predicted = np.where(random.random(rows) < 0.6, ground_truth, random.choice(classes, rows))

        accumulator = accumulate(Multiclass, {"ground_truth": strings(ground_truth), "predicted": strings(predicted)})
        result = accumulator.metrics()

        settings = {"average": "weighted", "zero_division": 0}
        assert result["accuracy"] == pytest.approx(oracle.accuracy_score(ground_truth, predicted))
        assert result["weighted_recall"] == pytest.approx(oracle.recall_score(ground_truth, predicted, **settings))
        assert result["weighted_precision"] == pytest.approx(
            oracle.precision_score(ground_truth, predicted, **settings)
        )
        for name, beta in (("f0_5", 0.5), ("f1", 1), ("f2", 2)):
            expected = oracle.fbeta_score(ground_truth, predicted, beta=beta, **settings)
            assert result[f"weighted_{name}"] == pytest.approx(expected), name
        names, counts = np.unique(ground_truth, return_counts=True)
        constant = np.full(rows, names[counts.argmax()])
        assert result["accuracy_best_constant_classifier"] == pytest.approx(
            oracle.accuracy_score(ground_truth, constant)
        )
        expected = oracle.f1_score(ground_truth, constant, **settings)
        assert result["weighted_f1_best_constant_classifier"] == pytest.approx(expected)
        matrix = accumulator.structures()["confusion_matrix"]
        labels = sorted(matrix)
        expected = oracle.confusion_matrix(ground_truth, predicted, labels=labels).tolist()
        assert [[matrix[t][p] for p in labels] for t in labels] == expected


def test_the_metrics_of_awss_example():
    counts = {("0", "0"): 1180, ("0", "1"): 510, ("1", "0"): 268, ("1", "1"): 138}
    ground_truth, predicted = zip(*[pair for pair, count in counts.items() for _ in range(count)], strict=True)

    result = accumulate(Multiclass, {"ground_truth": strings(ground_truth), "predicted": strings(predicted)}).metrics()

    assert result["accuracy"] == 0.6288167938931297
    assert result["weighted_recall"] == pytest.approx(0.6288167938931297, rel=1e-15)
    assert result["weighted_precision"] == pytest.approx(0.6983172269629505, rel=1e-15)
    assert result["weighted_f0_5"] == pytest.approx(0.6803947317178771, rel=1e-15)
    assert result["weighted_f1"] == pytest.approx(0.6571162346664904, rel=1e-15)
    assert result["weighted_f2"] == pytest.approx(0.6384024354394601, rel=1e-15)


def test_the_curves_of_awss_own_example():
    columns = {"ground_truth": strings([1, 1, 1, 1]), "probability": pa.array([0.9, 0.8, 0.7, 0.6])}

    curves = accumulate(Binary, columns).structures()

    assert curves["receiver_operating_characteristic_curve"] == {
        "false_positive_rates": [0.0, 0.0, 0.0, 0.0, 0.0, 1.0],
        "true_positive_rates": [0.0, 0.25, 0.5, 0.75, 1.0, 1.0],
    }
    assert curves["precision_recall_curve"] == {
        "precisions": [1.0, 1.0, 1.0, 1.0, 1.0],
        "recalls": [0.0, 0.25, 0.5, 0.75, 1.0],
    }


def test_curves_of_two_thousand_scores_or_more_have_a_thousand_points():
    random = np.random.default_rng(4)
    scores = random.permutation(5500) / 5500
    ground_truth = (random.random(5500) < scores).astype(int)

    accumulator = accumulate(Binary, {"ground_truth": strings(ground_truth), "probability": pa.array(scores)})

    rates = accumulator.structures()["receiver_operating_characteristic_curve"]["true_positive_rates"]
    highest = np.sort(scores)[::-1]
    assert len(rates) == 2 + 5500 // 5
    assert (
        rates[1] == ground_truth[scores >= highest[4]].sum() / ground_truth.sum()
    )  # the first five scores are one point
    assert accumulator.metrics()["auc"] == pytest.approx(oracle.roc_auc_score(ground_truth, scores), abs=1e-4)


def test_of_too_many_scores_a_random_share_is_stored():
    random = np.random.default_rng(5)
    rows = MAX_SCORES // 3
    first, second = Scores(), Scores()
    for accumulator, times in ((first, 4), (second, 2)):
        for _ in range(times):
            scores, ground_truth = random.random(rows, "f4"), random.integers(0, 2, rows)
            accumulator.update(scores, ground_truth, np.zeros(rows, np.uint8))
    first.merge(second)

    curves = first.finish().points(FOLDS)

    assert first.share < 1
    assert curves.area_below_roc == pytest.approx(0.5, abs=0.001)


def test_equal_scores_are_equal_in_partitions_of_any_size(tmp_path):
    path, rows = tmp_path / "data.csv", 300_000
    filler = "x" * 60
    with path.open("w") as file:
        file.write("label,score,filler\n")
        file.writelines(f"{int(n > rows * 0.9)},0.1,{filler}\n" for n in range(rows))
    dataset = Dataset(path, {"csv": {"header": True}})
    sizes = {sum(part.size for part in parts) > 4 << 20 for parts in dataset.partitions()}
    assert sizes == {True, False}

    result = analyse(dataset, Attributes("BinaryClassification", "label", probability="score"))

    assert result.documents[STATISTICS_FILE]["binary_classification_metrics"]["auc"]["value"] == 0.5
    assert result.notes == ["the prediction is the same in all rows"]


@pytest.mark.parametrize("rows", [199, 200])
def test_deviations_need_200_rows(rows):
    random = np.random.default_rng(6)
    ground_truth = random.normal(size=rows)
    accumulator = accumulate(
        Regression,
        {"ground_truth": pa.array(ground_truth), "predicted": pa.array(ground_truth + random.normal(size=rows))},
    )

    result = deviations(accumulator.metrics, rows)

    assert all(math.isnan(value) == (rows < 200) for value in result.values())


def test_a_deviation_is_that_of_samples_of_80_percent():
    random = np.random.default_rng(7)
    rows = 20_000
    errors = random.normal(size=rows)
    expected = np.std([np.abs(random.choice(errors, rows * 4 // 5, replace=False)).mean() for _ in range(400)])
    result = []
    for number in range(40):
        accumulator = Regression()
        accumulator.update(
            {"ground_truth": pa.array(errors), "predicted": pa.array(np.zeros(rows))}, FoldGenerator(number)(rows)
        )
        result.append(deviations(accumulator.metrics, rows)["mae"] ** 2)

    assert math.sqrt(np.mean(result)) == pytest.approx(expected, rel=0.15)


def analyse_rows(tmp_path, rows, header, **attributes):
    path = tmp_path / "data.csv"
    path.write_text("\n".join([header, *rows]) + "\n")
    settings = {"ground_truth": "label", "inference": "prediction"} | attributes
    return analyse(Dataset(path, {"csv": {"header": True}}), Attributes(**settings))


def test_an_undefined_metric_is_null_and_noted(tmp_path):
    constant = analyse_rows(tmp_path, ["3,1", "3,2"], "label,prediction", problem_type="Regression")

    assert constant.documents[CONSTRAINTS_FILE]["regression_constraints"]["r2"]["threshold"] is None
    assert '"value" : null' in documents.text(constant.documents[STATISTICS_FILE])
    assert constant.notes == ["the ground truth is the same in all rows: r2 is meaningless"]


def test_a_single_class_and_a_single_prediction_are_noted(tmp_path):
    first = analyse_rows(tmp_path, ["1,0", "1,0"], "label,prediction", problem_type="BinaryClassification")

    metrics = first.documents[STATISTICS_FILE]["binary_classification_metrics"]
    assert metrics["precision"]["value"] is None
    assert metrics["recall"]["value"] == 0.0
    assert first.notes == [
        "the ground truth is 1 in all rows: auc is meaningless",
        "the prediction is the same in all rows",
    ]


def test_rows_without_ground_truth_are_skipped_and_counted(tmp_path):
    result = analyse_rows(tmp_path, ["1,2", ",3", "4,", "2,3"], "label,prediction", problem_type="Regression")

    assert result.rows == 2
    assert result.documents[STATISTICS_FILE]["regression_metrics"]["mae"]["value"] == 1.0
    assert result.notes == ["2 rows lack a prediction or the ground truth and were left out"]


MULTICLASS = {"problem_type": "MulticlassClassification"}
YES = {"problem_type": "BinaryClassification", "positive_label": "yes"}


@pytest.mark.parametrize(
    ("rows", "problem", "named"),
    [
        (["a,1.0", "b,2.0"], MULTICLASS, "a, b, and the predicted ones 1.0, 2.0"),
        (["a,1"], MULTICLASS, "a, and the predicted ones 1"),
        (["red,Red", "blue,Blue"], MULTICLASS, "blue, red, and the predicted ones Blue, Red"),
        (["yes,1", "no,0"], YES, "no, yes, and the predicted ones 0.0, 1.0"),
    ],
)
def test_classes_that_never_match_are_an_error_that_names_both(tmp_path, rows, problem, named):
    with pytest.raises(MonitorError, match=f"the ground truth's classes are {named}: no class is in both"):
        analyse_rows(tmp_path, rows, "label,prediction", **problem)


def test_a_model_that_is_never_right_is_measured(tmp_path):
    result = analyse_rows(tmp_path, ["a,b", "c,b"], "label,prediction", **MULTICLASS)

    assert result.notes == ["no predicted class is a true class: 'b' ... and 'a' ..."]


def test_classes_that_are_equal_as_numbers_are_merged(tmp_path):
    rows = ["0,0.0", "1,1.0", "2,2.0", "1,1.0", "0,0.0", "2,1.0"]

    result = analyse_rows(tmp_path, rows, "label,prediction", **MULTICLASS)

    metrics = result.documents[STATISTICS_FILE]["multiclass_classification_metrics"]
    assert metrics["accuracy"]["value"] == pytest.approx(5 / 6)
    assert metrics["confusion_matrix"].keys() == {"0", "1", "2"}


def test_true_classes_of_different_names_stay_different(tmp_path):
    rows = ["1.1,1.10", "1.10,1.1", "1.2,1.2"]

    result = analyse_rows(tmp_path, rows, "label,prediction", **MULTICLASS)

    assert result.documents[STATISTICS_FILE]["multiclass_classification_metrics"]["accuracy"]["value"] == pytest.approx(
        1 / 3
    )


def test_a_positive_class_is_compared_as_a_number(tmp_path):
    attributes = {"problem_type": "BinaryClassification", "positive_label": "2"}

    result = analyse_rows(tmp_path, ["2,2.0", "1,1.0", "2,1.0"], "label,prediction", **attributes)

    assert result.documents[STATISTICS_FILE]["binary_classification_metrics"]["recall"]["value"] == 0.5


@pytest.mark.parametrize(("labels", "positives"), [(["true", "False"], 1), (["1.0", "0"], 1), (["1", "1"], 2)])
def test_binary_classes_have_several_spellings(tmp_path, labels, positives):
    rows = [f"{name},0" for name in labels]

    result = analyse_rows(tmp_path, rows, "label,prediction", problem_type="BinaryClassification")

    matrix = result.documents[STATISTICS_FILE]["binary_classification_metrics"]["confusion_matrix"]
    assert matrix["1"] == {"0": positives, "1": 0}


def test_a_positive_label_of_1_equals_1_0(tmp_path):
    attributes = {"problem_type": "BinaryClassification", "positive_label": "1"}

    result = analyse_rows(tmp_path, ["1,1.0", "0,0.0"], "label,prediction", **attributes)

    assert result.documents[STATISTICS_FILE]["binary_classification_metrics"]["accuracy"]["value"] == 1.0


def test_a_positive_label_names_the_positive_class(tmp_path):
    result = analyse_rows(
        tmp_path,
        ["yes,yes", "no,yes", "no,no"],
        "label,prediction",
        problem_type="BinaryClassification",
        positive_label="yes",
    )

    assert result.documents[STATISTICS_FILE]["binary_classification_metrics"]["precision"]["value"] == 0.5
