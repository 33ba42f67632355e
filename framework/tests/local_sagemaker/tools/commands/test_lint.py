"""Tests ``pipelines lint``: its findings for users, programs and pull requests, and silences."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from fnmatch import fnmatchcase

from local_sagemaker.definition.positions import position
from local_sagemaker.definition.slots import join_path
from local_sagemaker.project import known_modules
from local_sagemaker.testing import create
from local_sagemaker.tools.command_errors import UsageError
from local_sagemaker.tools.lint import linting

import pytest
from a_module import ABALONE, MODULE, compiles
from paths import DEFINITIONS, PYTHONPATH


class TestLint:
    @compiles
    def test_all_pipelines_of_the_project_have_no_finding(self, call, monkeypatch):
        monkeypatch.setenv("AWS_REGION", "us-east-1")

        code, out, err = call("lint", "--format", "json")

        assert (code, err) == (0, "")
        assert [f for f in json.loads(out)["findings"] if f["level"] != "note"] == []
        assert {f["source"] for f in json.loads(out)["findings"]} <= set(known_modules())

    @compiles
    def test_without_a_region_that_of_local_toml_is_used(self, call):
        code, _, err = call("lint", MODULE)

        assert (code, err) == (0, f"no region is set, so {MODULE} is compiled for us-east-1 (of local.toml)\n")

    @compiles
    def test_a_module_is_compiled_for_the_region_of_this_machine(self, call, account):
        code, _, err = call("lint", MODULE, "--local", account.root)

        assert (code, err) == (0, "")

    def test_findings_have_rule_place_and_fix(self, call, broken_definition):
        code, out, _ = call("lint", broken_definition, "--format", "text")

        assert code == 1
        assert "error: unknown-parameter in step CheckMSEAbaloneEvaluation" in out
        assert "Steps[10].Arguments.Conditions[0].RightValue" in out
        assert "did you mean 'MseThreshold'?" in out
        assert "warning: unknown-instance-type in step TrainAbaloneModel" in out
        assert out.rstrip().endswith("2 findings")

    def test_json_has_a_record_for_each(self, call, broken_definition):
        code, out, _ = call("lint", broken_definition)

        findings = {f["rule"]: f for f in json.loads(out)["findings"]}
        assert code == 1
        assert findings["unknown-parameter"]["step"] == "CheckMSEAbaloneEvaluation"
        assert findings["unknown-parameter"]["page"].startswith("https://docs.aws.amazon.com/")

    def test_a_pull_request_is_annotated_at_the_line(self, call, broken_definition):
        _, out, _ = call("lint", broken_definition, "--format", "github")

        line = next(n for n, text in enumerate(broken_definition.read_text().splitlines(), 1) if "ml.m5.huge" in text)
        assert f"::warning file={broken_definition},line={line}," in out
        assert "title=unknown-parameter::" in out
        assert all(row.startswith("::") for row in out.splitlines())

    def test_code_scanning_gets_sarif(self, call, broken_definition):
        _, out, _ = call("lint", broken_definition, "--format", "sarif", "--ignore", "unknown-instance-type=it is new")

        run = json.loads(out)["runs"][0]
        results = {result["ruleId"]: result for result in run["results"]}
        assert {rule["id"] for rule in run["tool"]["driver"]["rules"]} >= results.keys()
        region = results["unknown-parameter"]["locations"][0]["physicalLocation"]["region"]
        assert "MseTreshold" in "".join(broken_definition.read_text().splitlines()[region["startLine"] - 1 :][:2])
        assert results["unknown-instance-type"]["suppressions"][0]["justification"] == "it is new"

    def test_a_rule_is_silenced_for_a_step_with_a_reason(self, call, broken_definition):
        ignore = ("--ignore", "unknown-instance-type:TrainAbaloneModel=it is new")
        fix = ("--ignore", "unknown-parameter=a test")

        code, out, _ = call("lint", broken_definition, *ignore, *fix)

        assert code == 0
        assert {f["rule"]: f["reason"] for f in json.loads(out)["silenced"]} == {
            "unknown-instance-type": "it is new",
            "unknown-parameter": "a test",
        }

    def test_a_silence_for_another_step_has_no_effect(self, call, broken_definition):
        code, out, _ = call("lint", broken_definition, "--ignore", "unknown-instance-type:AbaloneTransform=it is new")

        assert code == 1
        assert "unknown-instance-type" in {f["rule"] for f in json.loads(out)["findings"]}

    @pytest.mark.parametrize(
        ("strings", "message"),
        [
            (["nothing.json"], "there is no file 'nothing.json'"),
            (["nothing.at.all"], "there is no module 'nothing.at.all'"),
            ([ABALONE, "--ignore", "cycle"], "rule 'cycle' is silenced without a reason; add one: cycle:STEP=REASON"),
            ([ABALONE, "--ignore", "cycel=x"], "there is no rule 'cycel'; did you mean 'cycle'?"),
        ],
    )
    def test_a_usage_error_has_exit_code_2(self, call, strings, message):
        code, out, err = call("lint", *strings)

        assert (code, out) == (2, "")
        assert message in err

    def test_invalid_json_is_reported_by_line_and_column(self, call, tmp_path):
        file = tmp_path / "half.json"
        file.write_text('{"Steps": [')

        code, _, err = call("lint", file)

        assert code == 2
        assert "not JSON" in err
        assert "line 1, column 12" in err

    def test_a_file_with_a_byte_order_mark_is_read_and_an_invalid_file_is_named(self, call, tmp_path):
        file, invalid = tmp_path / "bom.json", tmp_path / "list.json"
        file.write_bytes(b"\xef\xbb\xbf" + (DEFINITIONS / "by-hand.json").read_bytes())
        invalid.write_text("[]")

        assert call("lint", file)[0] == 0
        assert f"error: {invalid}: the definition is not an object" in call("lint", file, invalid)[2]

    def test_a_silence_without_effect_is_warned_about(self, call):
        code, _, err = call("lint", ABALONE, "--ignore", "cycle:Nothing=x")

        assert (code, err) == (0, "warning: --ignore cycle:Nothing silences nothing\n")

    @compiles
    def test_a_region_unknown_to_the_sdk_is_a_usage_error(self, call):
        code, _, err = call("lint", MODULE, "--kwargs", '{"region": "us-gov-west-1"}')

        assert code == 2
        assert "cannot be compiled for this region: Unsupported region: us-gov-west-1" in err

    def test_a_pipeline_deployed_here_is_linted(self, call, session, account):
        step = {"Name": "End", "Type": "Fail", "Arguments": {"ErrorMessage": "x"}}
        create(session, {"Parameters": [{"Name": "Idle", "Type": "String"}], "Steps": [step]}, "Mine")

        code, out, _ = call("lint", "deployed:Mine", "--local", account.root)

        assert code == 1
        assert [f["rule"] for f in json.loads(out)["findings"]] == ["unused-parameter"]

    @pytest.mark.usefixtures("no_sockets")
    def test_it_needs_no_network_and_imports_no_client(self):
        code = (
            "import sys; from local_sagemaker.tools.commands.__main__ import main; "
            f"main(['lint', {str(ABALONE)!r}]); print(*sys.modules, file=sys.stderr)"
        )
        environment = {**os.environ, "PYTHONPATH": PYTHONPATH}
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)

        assert not {"boto3", "rich", "sagemaker", "pandas"} & set(done.stderr.split())


class TestSilences:
    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("ignore = 5", "ignore must be an array of tables"),
            ("[[ignore", "lint.toml"),
            ('[[ignore]]\nrule = "cycle"', "rule 'cycle' is silenced without a reason"),
            ('[[ignore]]\nrule = "cycle"\nreason = " "', "rule 'cycle' is silenced without a reason"),
            ('[[ignore]]\nrule = "cycel"\nreason = "x"', "did you mean 'cycle'?"),
            ('[[ignore]]\nrule = "cycle"\nreason = "x"\nstpe = "A"', "unknown key 'stpe'; did you mean 'step'?"),
            ('[[ignore]]\nrule = "cycle"\nreason = "x"\nstep = 5', "step must be a step's name"),
        ],
    )
    def test_an_error_in_the_file_names_the_file(self, tmp_path, text, message):
        file = tmp_path / "lint.toml"
        file.write_text(text)

        with pytest.raises(UsageError, match=r"lint\.toml") as raised:
            linting.project_silences(file)
        assert message in str(raised.value)

    @compiles
    def test_each_silence_of_the_project_has_an_effect(self, monkeypatch, call):
        """A silence that is no longer needed would hide the next defect."""
        monkeypatch.setenv("AWS_REGION", "us-east-1")

        _, out, _ = call("lint", "--format", "json")

        silenced = {(f["rule"], f["step"]) for f in json.loads(out)["silenced"]}
        for silence in linting.project_silences():
            assert any(rule == silence.rule and fnmatchcase(step, silence.step or "*") for rule, step in silenced)


def test_a_path_has_its_line_and_column():
    text = '{\n  "A": [1,\n {"B c": {"D": "x]\\"}"}, "E": 5}]}'

    assert position(text, "A") == (2, 8)
    assert position(text, "A[0]") == (2, 9)
    assert position(text, 'A[1]["B c"].D') == (3, text.splitlines()[2].index('"x]') + 1)
    assert position(text, "A[1].E") == (3, text.splitlines()[2].index("5") + 1)
    assert position(text, "A[7].E") == (2, 8)
    odd_keys = '{"q\\"x": 1, "a\'b": 2, "\u00e9": 3}'
    assert [position(odd_keys, join_path("", key)).column for key in ('q"x', "a'b", "\u00e9")] == [10, 20, 28]
    assert position(text, "the definition") == (1, 1)
