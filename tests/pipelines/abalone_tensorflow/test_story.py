"""The commands of the TensorFlow pipeline's page, where TensorFlow is: train, approve, score, a shifted batch."""

from __future__ import annotations

import json
import re
from importlib.util import find_spec
from pathlib import Path

import pytest
from shells import shell_in

pytestmark = pytest.mark.skipif(
    find_spec("tensorflow") is None, reason="TensorFlow is an extra of its own: tox -e tensorflow"
)
README = Path(__file__).resolve().parents[3] / "pipelines" / "abalone_tensorflow" / "README.md"


@pytest.mark.usefixtures("abalone_csv")
def test_the_commands_do_what_the_page_says(tmp_path):
    shell = shell_in(tmp_path)
    install, *good, heavier = re.search(r"^```\n(pip.*?)^```$", README.read_text(), re.DOTALL | re.MULTILINE)[
        1
    ].splitlines()
    assert install == "pip install -e '.[local,tensorflow]'"
    for line in good:
        done = shell(line)
        assert done.returncode == 0, done.stderr
        if "abalone_tensorflow" in line:
            (package,) = json.loads(done.stdout)["model_packages"]
            assert package["evaluation"]["skill"]["value"] > 0.4

    done = shell(heavier)

    assert done.returncode == 3
    (step,) = [step for step in json.loads(done.stdout)["steps"] if step.get("violated")]
    assert step["violated"].keys() == {"whole_weight"}
