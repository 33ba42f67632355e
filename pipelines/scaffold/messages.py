"""Describe what ``pipelines new`` decided about a file, and name the options that overrule it."""

from __future__ import annotations

from collections.abc import Iterator

from pipelines.scaffold.profile import Profile
from pipelines.scripts.separators import SEPARATORS


def messages(profile: Profile) -> Iterator[str]:
    """Yield one line for each decision that the user may want to check."""
    if profile.separator != ",":
        yield f"cells are separated by {SEPARATORS[profile.separator]}"
    for old, new in profile.renamed:
        yield f"renamed: {old!r} to {new!r}"
    for name, cells in profile.padded.items():
        yield f"stripped: spaces around {cells} cells of {name}"
    for name, markers in profile.missing.items():
        yield (
            f"missing: {name} is {markers['type']} except for {markers['cells']} cells ({markers['share']:.1%}), "
            f"such as {', '.join(map(repr, markers['examples']))}; --text {name!r} reads it as text"
        )
    for name, reason in profile.excluded.items():
        yield f"left out: {name} {reason}"
    for name, date_format in profile.schema.dates.items():
        yield f"date: {name} is read as {date_format}"
    if profile.leaking_sum:
        columns = " ".join(map(repr, profile.leaking_columns))
        yield f"warning: {profile.leaking_sum} in every row, which leaks the target; drop them: --drop {columns}"
    for name, rows in profile.rare_classes.items():
        yield f"warning: class {name!r} has only {rows} rows; --drop-rare skips them"
