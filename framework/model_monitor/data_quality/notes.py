"""What a person should know beside the documents: what makes a column what it is, and what was not compared."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping

from model_monitor.accumulators.column import Column
from model_monitor.accumulators.value_types import INTEGRAL
from model_monitor.data_quality.baseline import Baseline
from model_monitor.data_quality.profile import Profile


def data_notes(whole: Profile) -> list[str]:
    """Notes on each column, in a line each."""
    notes = [note for column in whole.columns.values() for note in _of_column(column)]
    notes += _of_mixed(whole.columns.values())
    names = list(whole.columns)
    if len(names) == 1 and any(delimiter in names[0] for delimiter in ";\t|"):
        notes.append(f"there is one column, {names[0][:60]!r}: cells are divided by commas")
    return notes


def _of_column(column: Column) -> Iterator[str]:
    name, present = column.name, column.present
    if not present:
        yield f"column {name!r} has no value in any of the {column.rows} rows"
    elif column.odd and column.share_of_type("String") < 0.5:
        texts = round(column.share_of_type("String") * present)
        first = f"the first is {column.odd.value[:60]!r} ({column.odd.place})"
        yield f"column {name!r} is String because of {texts} of its {present} values; {first}"


def _of_mixed(columns: Iterable[Column]) -> Iterator[str]:
    mixed = [c for c in columns if c.inferred_type == "Fractional" and c.kinds[INTEGRAL]]
    if mixed:
        names = ", ".join(repr(column.name) for column in mixed[:5]) + (" ..." if len(mixed) > 5 else "")
        share = math.floor(min(column.share_of_type("Fractional") for column in mixed) * 1e4) / 1e4
        yield (
            f"{len(mixed)} Fractional columns hold integers too ({names}), which AWS's data_type_check does not count "
            f"as such: compare data like these with a datatype_check_threshold of at most {share}"
        )


def comparison_notes(columns: Mapping[str, Column], baseline: Baseline) -> list[str]:
    """Which columns' drift was not looked at although it was asked for, and why.

    Args:
        columns: of the current data, by the baseline's names.
        baseline: that they were compared with.
    """
    asked = [f for f in baseline.constraints.features if f.distribution["perform_comparison"] == "Enabled"]
    if asked and not baseline.distributions:
        return ["there are no baseline statistics, so drift was not looked at"]
    notes = []
    for feature in asked:
        base, current = baseline.distributions.get(feature.name), columns[feature.name].inferred_type
        if base is None:
            notes.append(f"drift of {feature.name!r} was not looked at: the baseline statistics do not have it")
        elif base.inferred_type != current:
            notes.append(f"drift of {feature.name!r} was not looked at: it was {base.inferred_type}, and is {current}")
    return notes
