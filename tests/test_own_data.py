"""Tests the commands of docs/own-data.md: a file with gaps becomes a model that scores it without an alarm."""

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
    """Return 600 rows as the page describes them."""
    draw = np.random.default_rng(8)
    lines = [";applied;city;income;term, months;paid"]
    for number in range(600):
        income, term = draw.gamma(5, 10), draw.choice([12, 24, 36])
        day = np.datetime64("2024-03-01") + number // 2
        paid = draw.random() < 1 / (1 + np.exp(-(income - 45 - term / 4) / 8))
        income_text = "?" if number % 10 == 1 else f"{income:.1f}"
        city = "" if number % 7 == 0 else draw.choice(["Bern", "Basel", "Chur"])
        lines.append(f"{number};{day};{city};{income_text};{term};{'yes' if paid else 'no'}")
    return "\n".join(lines) + "\n"


def blocks():
    return [block.strip().splitlines() for block in re.findall(r"```\n(.*?)```", PAGE.read_text(), re.DOTALL)]


@pytest.fixture
def clone(tmp_path):
    folder = copy_project(tmp_path / "clone")
    (folder / "loans.csv").write_text(loans())
    return folder, shell_in(folder, folder)


def test_the_commands_do_what_the_page_says(clone):
    _, shell = clone
    _, (command, *messages), commands = blocks()

    creation = shell(command.removeprefix("$ "))

    assert creation.returncode == 0, creation.stderr
    assert creation.stderr.splitlines() == messages
    assert json.loads(creation.stdout)["next"] == commands[0]
    for line in commands:
        process = shell(line)
        assert process.returncode == 0, process.stderr
    report = shell("pipelines show LoansBatchInference --local --violations")
    assert (report.returncode, json.loads(report.stdout)["violations"]) == (0, [])
