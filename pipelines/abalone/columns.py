"""Define the columns of the UCI abalone data. Lengths are in 200 mm, weights in 200 g; rings + 1.5 is the age in years.

Nash, Sellers, Talbot, Cawthorn, Ford (1994), https://doi.org/10.24432/C55C7W, CC BY 4.0.
"""

from pipelines.scripts.schema import Schema

SCHEMA = Schema(
    label="rings",
    order=(
        "sex",
        "length",
        "diameter",
        "height",
        "whole_weight",
        "shucked_weight",
        "viscera_weight",
        "shell_weight",
        "rings",
    ),
    categories={"sex": ("F", "I", "M")},  # female, infant, male
    # Two of the 4,177 shells have a height of zero: it was not measured.
    zero_is_missing=frozenset({"height"}),
)
