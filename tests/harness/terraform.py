"""Runs Terraform on a moto server: in a test's copy of deploy/, with a provider that calls that server."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from local_sagemaker.credentials import NO_CREDENTIALS

import pytest
from paths import ROOT

#: Switches off what the provider would check in a real account and moto cannot answer.
PROVIDER = """\
provider "aws" {
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = false
  s3_use_path_style           = true
  max_retries                 = 1
}
"""
#: Leaves out two resources. For a lifecycle the provider waits a minute, as moto's answer lacks what AWS returns at
#: once. Of a policy moto ignores the conditions, so one that denies unencrypted connections would deny everything.
UNSUPPORTED_BY_MOTO = "".join(
    f'resource "{resource_type}" "main" {{\n  for_each = {{}}\n}}\n'
    for resource_type in ("aws_s3_bucket_lifecycle_configuration", "aws_s3_bucket_policy")
)
#: Stores the state on this machine, for tests that are not about the backend.
BACKEND = 'terraform {\n  backend "local" {}\n}\n'
#: Folders below / that may be mirrors of providers: Terraform's own, and those of machine images.
MIRRORS = (
    f"{str(Path.home())[1:]}/.terraform.d/plugins", "usr/local/share/terraform/plugins", "usr/share/terraform/plugins",
    "opt/*", "opt/*/*",
)  # fmt: skip
#: Name of a planned action in `terraform plan -json` -> its name in a plan.
ACTIONS = {"create": ["create"], "update": ["update"], "delete": ["delete"], "replace": ["delete", "create"]}
IGNORED = shutil.ignore_patterns(".terraform*", "*.tfstate*", "__pycache__")


def require() -> None:
    """Skip the test if Terraform is not installed."""
    if shutil.which("terraform") is None:
        pytest.skip("needs Terraform: https://developer.hashicorp.com/terraform/install")


@dataclass(frozen=True)
class Folder:
    """A folder of deploy/, ready to plan."""

    path: Path
    environment: Mapping[str, str]

    def run(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a Terraform command; return the finished process."""
        result = subprocess.run(
            ["terraform", *arguments],
            cwd=self.path,
            env=dict(self.environment),
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode == 0 or not check, result.stdout + result.stderr
        return result

    def plan(self, variables: Path) -> dict[str, Any]:
        """Return the plan as JSON."""
        self.run("plan", "-input=false", "-no-color", f"-var-file={variables}", "-out=plan.bin")
        return dict(json.loads(self.run("show", "-json", "plan.bin").stdout))

    def changes(self, variables: Path) -> dict[str, list[str]]:
        """Return what a plan would change: address -> actions.

        This is read from the output of planning: to show a plan afterwards would start the provider again, for seconds.
        """
        lines = self.run("plan", "-input=false", "-json", f"-var-file={variables}").stdout.splitlines()
        planned = [line["change"] for line in map(json.loads, lines) if line["type"] == "planned_change"]
        return {
            change["resource"]["addr"]: ACTIONS[change["action"]] for change in planned if change["action"] in ACTIONS
        }

    def apply(self, variables: Path) -> None:
        """Apply the folder with these variables."""
        self.run("apply", "-input=false", "-no-color", "-auto-approve", f"-var-file={variables}")

    def state(self) -> dict[str, dict[str, Any]]:
        """Return all that was made: address -> values; parts of a role and of a rule are included in it.

        This reads the stored state, which needs no provider.
        """
        resources = json.loads(self.run("state", "pull").stdout)["resources"]
        return {
            _address(resource, instance.get("index_key")): instance["attributes"]
            for resource in resources
            if resource["mode"] == "managed"
            for instance in resource["instances"]
        }


def _address(resource: Mapping[str, Any], key: str | int | None) -> str:
    name = ".".join(filter(None, (resource.get("module"), resource["type"], resource["name"])))
    return name if key is None else f"{name}[{json.dumps(key)}]"


def copy_folder(
    name: str, folder: Path, environment: Mapping[str, str] | None = None, *, backend: str = BACKEND
) -> Folder:
    """Copy ``deploy/<name>`` into ``folder`` and initialise it; return the copy.

    Args:
        name: of the folder in deploy/.
        folder: an empty one.
        environment: variables that lead to moto; None to work without AWS.
        backend: configuration of the backend; "" for the folder's own, which is then not initialised.
    """
    require()
    if not folder.joinpath("deploy").is_dir():
        shutil.copytree(ROOT / "deploy", folder / "deploy", ignore=IGNORED)
    path = folder / "deploy" / name
    if name == "events":
        from deploy.events import rules

        rules.write_archives(path)
    if environment is not None:
        path.joinpath("moto_override.tf").write_text(PROVIDER + (UNSUPPORTED_BY_MOTO if name == "base" else ""))
    if backend:
        path.joinpath("state_override.tf").write_text(backend)
    return initialise(Folder(path, _environment(environment or {})), *([] if backend else ["-backend=false"]))


def initialise(folder: Folder, *arguments: str) -> Folder:
    """Run ``terraform init``, with a mirror of providers on this machine if there is one; return the folder."""
    result = folder.run("init", "-input=false", *arguments, *mirror_arguments(), check=False)
    if result.returncode and not mirror_arguments():
        pytest.skip(
            "needs Terraform's AWS provider, and the registry cannot be reached: run `terraform providers mirror DIR` "
            "on a machine that can reach it, and set TF_PLUGIN_MIRROR=DIR here"
        )
    assert result.returncode == 0, result.stdout + result.stderr
    return folder


@cache
def mirror_arguments() -> list[str]:
    """Return the arguments that name a mirror to ``terraform init``; empty if there is no mirror.

    It is the folder in TF_PLUGIN_MIRROR, or else one of the usual folders of mirrors.
    https://developer.hashicorp.com/terraform/cli/config/config-file#implied-local-mirror-directories
    """
    usual = (str(path.parent) for folder in MIRRORS for path in Path("/").glob(f"{folder}/registry.terraform.io"))
    mirror = os.environ.get("TF_PLUGIN_MIRROR") or next(usual, None)
    return [f"-plugin-dir={mirror}"] if mirror else []


def _environment(variables: Mapping[str, str]) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TF_"))}
    return {**inherited, "TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1", **NO_CREDENTIALS, **variables}


def resources(plan: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the planned resources: address -> values."""
    planned = _list_resources(plan["planned_values"]["root_module"])
    return {resource["address"]: resource["values"] for resource in planned}


def _list_resources(module: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the resources of a module and of the modules in it."""
    yield from module.get("resources", ())
    for child in module.get("child_modules", ()):
        yield from _list_resources(child)


def changes(plan: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the resources that a plan would change: address -> actions."""
    planned = {change["address"]: change["change"]["actions"] for change in plan["resource_changes"]}
    return {address: actions for address, actions in planned.items() if actions not in (["no-op"], ["read"])}
