"""Tests that ``pipelines draw`` draws a definition as Mermaid and as SVG."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import mutants
from a_module import ABALONE
from paths import DEFINITIONS


class TestDraw:
    def test_mermaid_has_every_step_and_the_outputs_along_its_arrows(self, call):
        code, out, _ = call("draw", ABALONE)

        assert code == 0
        assert out.startswith("flowchart TD\n")
        assert 's10{"CheckMSEAbaloneEvaluation<br/>regression_metrics.mse.value #lt;= MseThreshold"}' in out
        assert 's0 -->|"train"| s2' in out
        assert "s1 -.-> s3" in out

    def test_svg_is_a_document(self, call):
        _, out, _ = call("draw", ABALONE, "--format", "svg")

        texts = [element.text for element in ElementTree.fromstring(out).iter("{http://www.w3.org/2000/svg}text")]
        names = {step.get("Name") for step in mutants.definition("abalone")["Steps"]}
        assert names <= set(texts)
        assert {"train", "True", "False"} <= set(texts)

    def test_a_cycle_cannot_be_drawn(self, call, tmp_path):
        case = json.loads((DEFINITIONS / "broken" / "cycle.json").read_text())
        file = tmp_path / "cycle.json"
        file.write_text(json.dumps(case["definition"]))

        code, _, err = call("draw", file)

        assert code == 2
        assert "steps wait for each other: A -> B -> A" in err
