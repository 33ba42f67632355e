"""Write notes for the user next to the documents: what determines a column's type, and what was not compared."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping

from model_monitor.accumulators.column import Column
from model_monitor.accumulators.value_types import INTEGRAL
from model_monitor.data_quality.baseline import Baseline
from model_monitor.data_quality.profile import Profile


def data_notes(profile: Profile) -> list[str]:
    """Return notes on the columns, one per line."""
    notes = [note for column in profile.columns.values() for note in _column_notes(column)]
    notes += _mixed_column_notes(profile.columns.values())
    names = list(profile.columns)
    if len(names) == 1 and any(delimiter in names[0] for delimiter in ";\t|"):
        notes.append(f"there is one column, {names[0][:60]!r}: cells must be separated by commas")
    return notes


def _column_notes(column: Column) -> Iterator[str]:
    name, present = column.name, column.present
    if not present:
        yield f"column {name!r} has no value in any of the {column.rows} rows"
    elif column.first_string and column.share_of_type("String") < 0.5:
        strings = round(column.share_of_type("String") * present)
        first = f"the first is {column.first_string.value[:60]!r} ({column.first_string.place})"
        yield f"column {name!r} is String because of {strings} of its {present} values; {first}"


def _mixed_column_notes(columns: Iterable[Column]) -> Iterator[str]:
    mixed = [c for c in columns if c.inferred_type == "Fractional" and c.type_counts[INTEGRAL]]
    if mixed:
        names = ", ".join(repr(column.name) for column in mixed[:5]) + (" ..." if len(mixed) > 5 else "")
        share = math.floor(min(column.share_of_type("Fractional") for column in mixed) * 1e4) / 1e4
        yield (
            f"{len(mixed)} Fractional columns hold integers too ({names}), which AWS's data_type_check does not count "
            f"as such: compare data like these with a datatype_check_threshold of at most {share}"
        )


def comparison_notes(columns: Mapping[str, Column], baseline: Baseline) -> list[str]:
    """Return notes on columns whose drift was not checked although the constraints require it, and why.

    Args:
        columns: of the current data, by the baseline's names.
        baseline: that they were compared with.
    """
    features = [f for f in baseline.constraints.features if f.distribution["perform_comparison"] == "Enabled"]
    if features and not baseline.distributions:
        return ["there are no baseline statistics, so drift was not checked"]
    notes = []
    for feature in features:
        base, current = baseline.distributions.get(feature.name), columns[feature.name].inferred_type
        if base is None:
            notes.append(f"drift of {feature.name!r} was not checked: the baseline statistics do not have it")
        elif base.inferred_type != current:
            notes.append(
                f"drift of {feature.name!r} was not checked: its type was {base.inferred_type}, and is now {current}"
            )
    return notes
