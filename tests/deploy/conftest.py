"""Two accounts, for whatever is deployed from one to the other."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))  # deploy is installed nowhere


class Accounts(NamedTuple):
    """Sessions of both."""

    training: object
    target: object


@pytest.fixture
def accounts(aws):
    """The account that trains, with the files of a version; the one that is deployed to, as deploy/base leaves it."""
    import accounts as made

    both = Accounts(made.account(aws, made.TRAINING), made.account(aws, made.TARGET))
    made.make_buckets(*both)
    made.make_role(both.target)
    made.put_parameters(both.target, made.parameters())
    aws.calls.clear()
    return both


@pytest.fixture
def environment(aws):
    """Of Terraform: the target account's."""
    from accounts import TARGET, credentials
    from moto_over_http import REGION

    found = {name.upper(): value for name, value in credentials(aws, TARGET).items()}
    return {**found, "AWS_ENDPOINT_URL": aws.url, "AWS_REGION": REGION, "AWS_EC2_METADATA_DISABLED": "true"}


@pytest.fixture
def released(aws, accounts, tmp_path, monkeypatch):
    """Release, as build.py does; the file of variables."""
    from deploy.batch import build

    from accounts import GROUP, TARGET, TRAINING, profiles, register
    from moto_over_http import REGION

    register(accounts.training)
    profiles(aws, tmp_path / "credentials")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.chdir(tmp_path)

    def run(*words):
        code = build.main([
            "--sagemaker-project-name", "shells", "--sagemaker-project-id", "p-1", "--stage", "staging",
            "--environment", "preprod", "--model-package-group-name", GROUP, "--region", REGION,
            "--training-id", TRAINING, "--target-id", TARGET, "--code", "tf", "--export-config", "extended.tfvars.json",
            "--import-config", str(ROOT / "deploy" / "batch" / "pre-prod-config.tfvars.json"), *words,
        ])  # fmt: skip
        assert code == 0
        return tmp_path / "extended.tfvars.json"

    return run
