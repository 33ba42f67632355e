"""Provides the analyses as functions: data in, documents out, and files if an output folder is named.

Data are a path (CSV, JSON lines, Parquet, captured records; a file or a folder), a table of Arrow, or a dataframe
(pandas, polars, or anything that exports Arrow's C stream). A table is analysed as a Parquet file of the same columns:
the types of its columns are kept, whereas those of CSV are inferred.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from model_monitor.api_arguments import Data, Report, folder_of, format_name, members_of, model_of, path_of
from model_monitor.clarify.analysis import ANALYSIS_FILE
from model_monitor.clarify.analysis import analyse as analyse_with_config
from model_monitor.clarify.config import POST, PRE, SHAP, AnalysisConfig
from model_monitor.command_line import FORMATS
from model_monitor.data_quality.analysis import analyse as analyse_quality
from model_monitor.data_quality.baseline import Baseline
from model_monitor.monitor_error import MonitorError, missing_package_as_error
from model_monitor.predictions.media_types import CSV, JSON_LINES, PARQUET
from model_monitor.result import CONSTRAINTS_FILE, SHAPES, STATISTICS_FILE
from model_monitor.tables.dataset import Dataset

_TYPES = {"csv": CSV, "csv-without-header": CSV, "json-lines": JSON_LINES, "parquet": PARQUET}


def baseline(data: Data, output: str | Path | None = None, *, format: str | None = None, shape: str = "2023") -> Report:
    """Return the statistics of a dataset, and the constraints that they suggest, as Model Monitor's baseline job does.

    https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-create-baseline.html

    Args:
        data: the dataset, of any number of rows and named columns; see the module.
        output: a folder for statistics.json and constraints.json.
        format: of files, one of ``model_monitor.command_line.FORMATS``; by default that of the name's suffix, else csv.
        shape: of the documents: 2023, as AWS's containers have written them since then, or 2021.

    Raises:
        MonitorError: the data are empty or cannot be read, or the folder cannot be written.
    """
    return _quality(data, output, None, format, shape, "compat")


def compare(
    data: Data,
    baseline: Report | str | Path,
    output: str | Path | None = None,
    *,
    format: str | None = None,
    shape: str = "2023",
    drift: str = "compat",
) -> Report:
    """Return the statistics of a dataset, and what of it violates a baseline: completeness, domains, types and drift.

    https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-interpreting-violations.html

    Args:
        data: the dataset; its columns are the baseline's, in the same order.
        baseline: a report of ``baseline``, or a folder with constraints.json and, for drift, statistics.json.
        output: a folder for the three documents.
        format, shape: see ``baseline``.
        drift: compat: distances as AWS computes them, with their defect; exact: without it.

    Raises:
        MonitorError: the columns differ, or the data or the baseline cannot be read.
    """
    with folder_of(baseline) as folder:
        statistics = folder / STATISTICS_FILE
        loaded = Baseline.load(folder / CONSTRAINTS_FILE, statistics if statistics.is_file() else None)
        return _quality(data, output, loaded, format, shape, drift)


def bias(
    data: Data,
    config: Mapping[str, Any] | str | Path,
    output: str | Path | None = None,
    *,
    model: Any = None,
    baseline: Report | str | Path | None = None,
    format: str | None = None,
) -> Report:
    """Return the bias metrics of labels and, with a model or predicted labels, of predictions, as Clarify does.

    https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-measure-data-bias.html

    Args:
        data: rows of features and the label.
        config: members of analysis_config.json, or its path: label, label_values_or_threshold, facet ... Without
            dataset_type it is that of the data; without methods, all metrics that the other arguments allow.
        output: a folder for analysis.json and constraint_violations.json.
        model: a function from rows (float array of shape (rows, features)) to scores (shape (rows,), or a column for
            each class), an XGBoost Booster, the path of one, or the URL of a served model.
        baseline: an earlier report, or a folder with its analysis.json, to compare with.
        format: see ``baseline``.

    Raises:
        MonitorError: the configuration does not fit the data, or the data or the predictions cannot be used.
    """
    has_predictions = model is not None or "predicted_label" in members_of(config)
    methods = {name: {"methods": "all"} for name in (PRE, *([POST] if has_predictions else []))}
    return _clarify(data, config, methods, output, model, baseline, format)


def explain(
    data: Data,
    model: Any,
    config: Mapping[str, Any] | str | Path,
    output: str | Path | None = None,
    *,
    baseline: Report | str | Path | None = None,
    format: str | None = None,
) -> Report:
    """Return global SHAP values of a model's features, as Clarify does by KernelSHAP; local ones are in the output.

    https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-shapley-values.html

    Args:
        data: rows to explain.
        model: see ``bias``.
        config: members of analysis_config.json, or its path, such as label and methods.shap.baseline. Without methods,
            mean absolute SHAP values are computed against the centres of clusters of the rows.
        output: a folder for analysis.json and, if methods.shap.save_local_shap_values is true (without methods it is),
            explanations_shap/out.csv with the values of each row.
        baseline: an earlier report, or a folder with its analysis.json, to compare with.
        format: see ``baseline``.

    Raises:
        MonitorError: the configuration does not fit the data, or the data or the predictions cannot be used.
    """
    return _clarify(
        data,
        config,
        {SHAP: {"agg_method": "mean_abs", "save_local_shap_values": True}},
        output,
        model,
        baseline,
        format,
    )


def _quality(
    data: Data, output: str | Path | None, baseline: Baseline | None, format: str | None, shape: str, drift: str
) -> Report:
    if shape not in SHAPES:
        raise MonitorError(f"shape {shape!r} is not one of {', '.join(SHAPES)}")
    with path_of(data) as path:
        with missing_package_as_error():
            result = analyse_quality(Dataset(path, FORMATS[format_name(path, format)]), baseline, shape, drift)
    files = {}
    if output is not None:
        result.write(Path(output))
        files = {name: Path(output, name) for name in result.documents}
    return Report(result.documents, result.violations, result.notes, files)


def _clarify(
    data: Data,
    config: Mapping[str, Any] | str | Path,
    methods: Mapping[str, Any],
    output: str | Path | None,
    model: Any,
    baseline: Report | str | Path | None,
    format: str | None,
) -> Report:
    with tempfile.TemporaryDirectory() as scratch, path_of(data) as path, folder_of(baseline) as earlier:
        data_type = _TYPES.get(format_name(path, format), CSV)
        document = {"dataset_type": data_type, "methods": methods} | dict(members_of(config))
        folder = Path(scratch if output is None else output)
        constraints = None if baseline is None else earlier / ANALYSIS_FILE
        with missing_package_as_error():
            result = analyse_with_config(path, AnalysisConfig.of(document), folder, model_of(model), constraints)
        result.write(folder)
    files = {} if output is None else {name: Path(output, name) for name in result.files}
    return Report(result.files, result.violations, result.notes, files)
