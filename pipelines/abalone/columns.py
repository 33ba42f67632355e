"""The columns of the UCI abalone data. Lengths in 200 mm, weights in 200 g; rings + 1.5 is the age in years.

Nash, Sellers, Talbot, Cawthorn, Ford (1994), https://doi.org/10.24432/C55C7W, CC BY 4.0.
"""

from pipelines.scripts.features import Schema

TYPES: dict[str, type] = {
    "sex": str,
    "length": float,
    "diameter": float,
    "height": float,
    "whole_weight": float,
    "shucked_weight": float,
    "viscera_weight": float,
    "shell_weight": float,
    "rings": float,
}

SCHEMA = Schema(
    label="rings",
    numeric=tuple(name for name, kind in TYPES.items() if kind is float and name != "rings"),
    categories={"sex": ("F", "I", "M")},  # female, infant, male
    # Two of the 4,177 shells have a height of zero: nobody measured it.
    zero_is_missing=frozenset({"height"}),
    order=tuple(TYPES),
)
