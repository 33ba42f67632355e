"""The definitions that the pipelines compile to, against golden files; ``tox -e golden`` rewrites those, on request."""

from __future__ import annotations

import json
import re
from pathlib import Path

from pipelines._utils import get_pipeline_driver, known_modules

import pytest

GOLDEN = Path(__file__).parents[1] / "definitions"
HASH = re.compile(r"""(?:(?<=/code/)|(?<=/config/))[0-9a-f]{64}(?=/)|(?<="CodeHash": ")[0-9a-f]{64}""")


def normalised(definition):
    """Indented, and without the hashes of container code and configuration, which every edit changes."""
    return HASH.sub("<hash>", json.dumps(json.loads(definition), indent=2)) + "\n"


@pytest.mark.usefixtures("no_sockets")
@pytest.mark.parametrize("module", known_modules())
def test_definition_equals_its_golden_file(module, request):
    golden = GOLDEN / f"{module.split('.')[1]}.json"

    found = normalised(get_pipeline_driver(module, {"region": "us-east-1"}).definition())

    if request.config.getoption("--rewrite-golden"):
        golden.write_text(found)
    assert found == golden.read_text()
