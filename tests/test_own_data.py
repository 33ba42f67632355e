"""docs/own-data.md, typed as it stands: a file with gaps becomes a model that scores the same file without an alarm."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from clones import copy_project
from paths import ROOT
from shells import shell_in

pytest.importorskip("sagemaker.core", reason="needs the SageMaker SDK")

PAGE = ROOT / "docs" / "own-data.md"


def loans():
    """600 rows as the page describes them."""
    draw = np.random.default_rng(8)
    lines = [";applied;city;income;term, months;paid"]
    for number in range(600):
        income, term = draw.gamma(5, 10), draw.choice([12, 24, 36])
        day = np.datetime64("2024-03-01") + number // 2
        paid = draw.random() < 1 / (1 + np.exp(-(income - 45 - term / 4) / 8))
        known = "?" if number % 10 == 1 else f"{income:.1f}"
        city = "" if number % 7 == 0 else draw.choice(["Bern", "Basel", "Chur"])
        lines.append(f"{number};{day};{city};{known};{term};{'yes' if paid else 'no'}")
    return "\n".join(lines) + "\n"


def blocks():
    return [block.strip().splitlines() for block in re.findall(r"```\n(.*?)```", PAGE.read_text(), re.DOTALL)]


@pytest.fixture
def clone(tmp_path):
    folder = copy_project(tmp_path / "clone")
    (folder / "loans.csv").write_text(loans())
    return folder, shell_in(folder, folder)


def test_the_page_is_what_happens(clone):
    _, shell = clone
    _, (command, *said), commands = blocks()

    made = shell(command.removeprefix("$ "))

    assert made.returncode == 0, made.stderr
    assert made.stderr.splitlines() == said
    assert json.loads(made.stdout)["next"] == commands[0]
    for line in commands:
        done = shell(line)
        assert done.returncode == 0, done.stderr
    violated = shell("pipelines show LoansBatchInference --local --violations")
    assert (violated.returncode, json.loads(violated.stdout)["violations"]) == (0, [])
