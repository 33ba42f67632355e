"""Compare the definitions that the pipelines compile to with golden files, which ``tox -e golden`` rewrites."""

from __future__ import annotations

from local_sagemaker.project import known_modules
from local_sagemaker.tools.modules import get_pipeline_driver
from pipelines.scaffold.writing import REGION
from pipelines.scaffold.writing import golden_definition as golden_text

import pytest
from paths import GOLDEN


@pytest.mark.usefixtures("no_sockets")
@pytest.mark.parametrize("module", known_modules())
def test_definition_equals_its_golden_file(module, request, monkeypatch):
    monkeypatch.delenv("CHECK_ENGINE")  # a golden file has the check engine of project.toml
    golden = GOLDEN / f"{module.split('.')[1]}.json"

    definition = golden_text(get_pipeline_driver(module, {"region": REGION}).definition())

    if request.config.getoption("--rewrite-golden"):
        golden.write_text(definition)
    assert definition == golden.read_text()


@pytest.mark.usefixtures("no_sockets")
@pytest.mark.parametrize("golden", sorted(GOLDEN.glob("project/*.json")), ids=lambda file: file.stem)
def test_definition_with_the_checks_of_this_project_equals_its_golden_file(golden, request):
    module = f"pipelines.{golden.stem}.pipeline"

    definition = golden_text(get_pipeline_driver(module, {"region": REGION, "check_engine": "project"}).definition())

    if request.config.getoption("--rewrite-golden"):
        golden.write_text(definition)
    assert definition == golden.read_text()
