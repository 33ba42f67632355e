"""Tests what CodeBuild does in deploy/codepipeline: it updates functions, and builds an image."""

from __future__ import annotations

import io
import json
import zipfile

import pytest

pytest.importorskip("cfnlint", reason="cfn-lint comes with the extra 'test'")
pytest.importorskip("sagemaker.core", reason="needs the SageMaker SDK")

from deploy.codepipeline import build as command

import codebuild
from codepipeline_stack import ACCOUNT, IMAGE, ROOT
from moto_over_http import REGION

pytestmark = pytest.mark.long


def test_a_commit_updates_the_functions(aws, tmp_path):
    client, role = aws.client("lambda"), aws.client("iam").get_role(RoleName="jobs")["Role"]["Arn"]
    empty = io.BytesIO()
    zipfile.ZipFile(empty, "w").close()
    for suffix in command.FUNCTIONS.values():
        client.create_function(
            FunctionName=f"codepipeline-shells-{suffix}", Runtime="python3.12", Role=role,
            Handler="handler.lambda_handler", Code={"ZipFile": empty.getvalue()},
        )  # fmt: skip
    clone = tmp_path / "clone"
    clone.mkdir()
    clone.joinpath("deploy").symlink_to(ROOT / "deploy")

    def build_actions():
        done = codebuild.build("deploy/codepipeline/functions-buildspec.yml", clone, codebuild.project(aws))
        assert done.returncode == 0, done.stderr
        return set(json.loads(done.stdout).values())

    assert build_actions() == {"updated"}
    assert build_actions() == {"none, as it is the same"}


def test_functions_without_their_stack_are_an_error(aws, capsys):
    assert command.main(["functions", "--sagemaker-project-name", "shells"]) == 2
    assert "there is no function 'codepipeline-shells-submit': deploy codepipeline.yml first" in capsys.readouterr().err


OWN = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"


@pytest.mark.parametrize(
    ("base", "registries"), [(IMAGE["ImageBase"], [OWN, OWN]), ("docker.io/library/python:3.12", [OWN])]
)
def test_an_image_is_built_from_its_base_and_pushed_and_its_digest_is_output(tmp_path, base, registries):
    source, digest = tmp_path / "source", f"{OWN}/shells@sha256:0123"
    source.mkdir()
    docker = codebuild.RECORDING_SCRIPT + f'case "$1" in inspect) echo {digest};; login) cat > /dev/null;; esac\n'
    environment = {
        "IMAGE_FOLDER": IMAGE["ImageFolder"], "IMAGE_BASE": base, "IMAGE_REPOSITORY": f"{OWN}/shells",
        "CODEBUILD_RESOLVED_SOURCE_VERSION": "abc", "CODEBUILD_BUILD_NUMBER": "7",
    }  # fmt: skip
    programs = {"docker": docker, "aws": "#!/bin/sh\necho password\n"}

    done = codebuild.build(
        "deploy/codepipeline/image-buildspec.yml", source, environment, programs, after='echo "is $IMAGE_URI"'
    )

    assert done.stdout.endswith(f"is {digest}\n"), done.stderr
    called = tmp_path.joinpath("called").read_text().splitlines()
    signed_in = [f"docker login --username AWS --password-stdin {registry}" for registry in registries]
    assert called[:-1] == [
        *signed_in, f"docker build --build-arg BASE={base} --tag {OWN}/shells:abc-7 {IMAGE['ImageFolder']}",
        f"docker push {OWN}/shells:abc-7",
    ]  # fmt: skip
    assert (ROOT / IMAGE["ImageFolder"] / "Dockerfile").read_text().count("ARG BASE") == 1
    assert codebuild.spec("deploy/codepipeline/image-buildspec.yml")["env"]["exported-variables"] == ["IMAGE_URI"]
