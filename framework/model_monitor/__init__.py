"""Analyses that read tables and write the documents of SageMaker Model Monitor and Clarify.

    import model_monitor

    january = model_monitor.baseline("january.csv", output="january")
    report = model_monitor.compare("february.csv", january)
    print(report.violations)

Data are files, tables of Arrow, or dataframes; see ``model_monitor.api``. The analyses depend neither on pipelines nor
on AWS. They need numpy and pyarrow; drift needs scipy, too, and some bias metrics and SHAP without a baseline need
scikit-learn.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__all__ = ["MonitorError", "Report", "baseline", "bias", "compare", "explain"]
_PLACES = {"MonitorError": "monitor_error", "Report": "api_arguments"}


def __getattr__(name: str) -> Any:
    """Import the functions when they are first used: most programs need one module of this package, without pyarrow.

    Type checkers read __init__.pyi. https://peps.python.org/pep-0562/
    """
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PLACES.get(name, 'api')}"), name)
