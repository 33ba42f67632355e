"""Generate invented customers with the columns of the telephone churn data, to try the pipeline without real data.

    python -m pipelines.churn.sample 4000 > churn.csv

Customers mostly leave if they talk much by day and in the evening, and make few calls at night. The real file is
``churn.csv`` of https://github.com/aws-samples/amazon-sagemaker-mlops-batch.
"""

from __future__ import annotations

import argparse
import csv
import random
import sys
from collections.abc import Sequence

from pipelines.churn.columns import AREA_CODES, STATES, YES_OR_NO

#: Minutes of calls by day, in the evening, at night and abroad: mean and standard deviation.
MINUTES = {"Day": (5.5, 3.0), "Eve": (5.0, 2.0), "Night": (4.0, 1.6), "Intl": (5.0, 1.0)}
PRICES = {"Day": 0.17, "Eve": 0.085, "Night": 0.045, "Intl": 0.27}  # dollars a minute


def draw_customer(draw: random.Random) -> dict[str, object]:
    """Return a random customer as a row: column -> value."""
    minutes = {time: max(0.0, draw.gauss(mean, deviation)) for time, (mean, deviation) in MINUTES.items()}
    calls = {time: draw.randint(0, 10) for time in MINUTES}
    dissatisfaction = 0.6 * (minutes["Day"] - 5.5) + 0.5 * (minutes["Eve"] - 5.0) - 0.3 * (calls["Night"] - 5)
    leaves = dissatisfaction + draw.gauss(0.0, 0.7) > 0
    usage = {
        f"{time} {quantity}": value
        for time in MINUTES
        for quantity, value in (
            ("Mins", round(minutes[time], 4)),
            ("Calls", calls[time]),
            ("Charge", round(minutes[time] * PRICES[time], 4)),
        )
    }
    return {
        "State": draw.choice(STATES),
        "Account Length": draw.randint(1, 200),
        "Area Code": draw.choice(AREA_CODES),
        "Phone": f"{draw.randint(100, 999)}-{draw.randint(1000, 9999)}",
        "Int'l Plan": draw.choice(YES_OR_NO),
        "VMail Plan": draw.choice(YES_OR_NO),
        "VMail Message": draw.choice((0, 0, 0, 200, 400, 600)),
        **usage,
        "CustServ Calls": draw.randint(0, 12),
        "Churn?": "True." if leaves else "False.",
    }


def main(argv: Sequence[str] | None = None) -> None:
    """Write the requested number of rows to stdout; the same seed gives the same rows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", type=int)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args(argv)
    draw = random.Random(arguments.seed)
    writer = csv.DictWriter(sys.stdout, list(draw_customer(random.Random())), lineterminator="\n")
    writer.writeheader()
    writer.writerows(draw_customer(draw) for _ in range(arguments.rows))


if __name__ == "__main__":
    main()
