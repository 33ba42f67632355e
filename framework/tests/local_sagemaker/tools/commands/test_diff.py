"""Tests that ``pipelines diff`` describes the differences between two definitions."""

from __future__ import annotations

import json
from importlib import import_module

from local_sagemaker.testing import create
from local_sagemaker.tools.targets import Target

import mutants
from a_module import ABALONE, MODULE, compiles


class TestDiff:
    def test_one_threshold_and_one_instance_type_are_two_lines(self, call, tmp_path):
        after = tmp_path / "after.json"
        changes = [
            mutants.change("Parameters[4].DefaultValue", 5.0),
            mutants.change("Steps[3].Arguments.ResourceConfig.InstanceType", "ml.m5.2xlarge"),
        ]
        after.write_text(json.dumps(mutants.mutate(mutants.definition("abalone"), changes)))

        code, out, _ = call("diff", ABALONE, after, "--format", "text")

        assert code == 0
        assert out.splitlines() == [
            "parameter MseThreshold: DefaultValue is 5.0, was 6.0",
            'step TrainAbaloneModel: Arguments.ResourceConfig.InstanceType is "ml.m5.2xlarge", was "ml.m5.xlarge"',
        ]

    @compiles
    def test_a_module_and_its_golden_file_differ_only_by_the_hashes_of_code(self, call, tmp_path):
        kwargs = ("--kwargs", '{"region": "us-east-1"}')
        code, out, _ = call("diff", ABALONE, MODULE, *kwargs, "--exit-code")

        assert code == 1
        assert all("<hash>" in json.dumps(change["before"]) for change in json.loads(out)["changes"])

    @compiles
    def test_a_deployed_module_does_not_differ_from_the_module(self, call, session, account):
        get_pipeline = import_module("pipelines.abalone.pipeline").get_pipeline
        defaults = Target(session, account.root).defaults({}, None)
        get_pipeline(**defaults, session=session).upsert()
        strings = ("deployed:AbalonePipeline", MODULE, "--local", account.root, "--format", "text")

        assert call("diff", *strings)[1] == "no difference\n"
        _, out, _ = call("diff", *strings, "--kwargs", '{"training_instance_type": "ml.m5.2xlarge"}')
        assert out == (
            'step TrainAbaloneModel: Arguments.ResourceConfig.InstanceType is "ml.m5.2xlarge", was "ml.m5.xlarge"\n'
        )

    def test_a_deployed_pipeline_is_compared_with_a_file(self, call, session, account, tmp_path):
        before = {"Steps": [{"Name": "End", "Type": "Fail", "Arguments": {"ErrorMessage": "x"}}]}
        create(session, before, "Mine")
        file = tmp_path / "same.json"
        file.write_text(json.dumps({"Version": "2020-12-01", **before}))

        code, out, _ = call("diff", "deployed:Mine", file, "--local", account.root, "--format", "text", "--exit-code")

        assert (code, out) == (0, "no difference\n")
