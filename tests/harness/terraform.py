"""Terraform on a moto server: a copy of deploy/ in a folder of the test's own, with a provider that asks there."""

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

from local_sagemaker.credentials import NONE

import pytest
from paths import ROOT

#: What a real account checks, and moto has nothing to say about.
PROVIDER = """\
provider "aws" {
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = false
  s3_use_path_style           = true
  max_retries                 = 1
}
"""
#: The provider waits a minute for moto to say of a lifecycle what AWS says at once; and moto reads no conditions: what
#: denies connections without encryption would deny everything.
NOT_MADE = "".join(
    f'resource "{kind}" "main" {{\n  for_each = {{}}\n}}\n'
    for kind in ("aws_s3_bucket_lifecycle_configuration", "aws_s3_bucket_policy")
)
#: A state of this machine's, where the test is not about the backend.
BACKEND = 'terraform {\n  backend "local" {}\n}\n'
#: Folders below / that may be mirrors of providers: Terraform's own, and those of images of machines.
MIRRORS = (
    f"{str(Path.home())[1:]}/.terraform.d/plugins", "usr/local/share/terraform/plugins", "usr/share/terraform/plugins",
    "opt/*", "opt/*/*",
)  # fmt: skip
#: A planned action, as `terraform plan -json` calls it -> as a plan does.
ACTIONS = {"create": ["create"], "update": ["update"], "delete": ["delete"], "replace": ["delete", "create"]}
IGNORED = shutil.ignore_patterns(".terraform*", "*.tfstate*", "__pycache__")


def require() -> None:
    """Skip where there is no Terraform."""
    if shutil.which("terraform") is None:
        pytest.skip("needs Terraform: https://developer.hashicorp.com/terraform/install")


@dataclass(frozen=True)
class Folder:
    """One of deploy's folders, ready to plan."""

    path: Path
    environment: Mapping[str, str]

    def run(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """A command; what it printed."""
        done = subprocess.run(
            ["terraform", *words],
            cwd=self.path,
            env=dict(self.environment),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0 or not check, done.stdout + done.stderr
        return done

    def plan(self, variables: Path) -> dict[str, Any]:
        """The plan as JSON."""
        self.run("plan", "-input=false", "-no-color", f"-var-file={variables}", "-out=plan.bin")
        return dict(json.loads(self.run("show", "-json", "plan.bin").stdout))

    def changes(self, variables: Path) -> dict[str, list[str]]:
        """Address -> what a plan would do to it; nothing where all is as it should be.

        Read while it is planned: to show a plan afterwards would start the provider once more, for seconds.
        """
        lines = self.run("plan", "-input=false", "-json", f"-var-file={variables}").stdout.splitlines()
        planned = [one["change"] for one in map(json.loads, lines) if one["type"] == "planned_change"]
        return {one["resource"]["addr"]: ACTIONS[one["action"]] for one in planned if one["action"] in ACTIONS}

    def apply(self, variables: Path) -> None:
        """Make it so."""
        self.run("apply", "-input=false", "-no-color", "-auto-approve", f"-var-file={variables}")

    def state(self) -> dict[str, dict[str, Any]]:
        """Address -> values of all that has been made; parts of a role and of a rule stand in it.

        As it is stored, which needs no provider.
        """
        found = json.loads(self.run("state", "pull").stdout)["resources"]
        made = [(one, instance) for one in found if one["mode"] == "managed" for instance in one["instances"]]
        return {_address(one, instance.get("index_key")): instance["attributes"] for one, instance in made}


def _address(resource: Mapping[str, Any], key: str | int | None) -> str:
    name = ".".join(filter(None, (resource.get("module"), resource["type"], resource["name"])))
    return name if key is None else f"{name}[{json.dumps(key)}]"


def copy_folder(
    name: str, folder: Path, environment: Mapping[str, str] | None = None, *, backend: str = BACKEND
) -> Folder:
    """``deploy/<name>`` in ``folder``, initialised.

    Args:
        name: of the folder in deploy/.
        folder: an empty one.
        environment: that of AWS as moto; None for no AWS at all.
        backend: of the state; "" to leave it as it is, uninitialised.
    """
    require()
    if not folder.joinpath("deploy").is_dir():
        shutil.copytree(ROOT / "deploy", folder / "deploy", ignore=IGNORED)
    path = folder / "deploy" / name
    if name == "events":
        from deploy.events import rules

        rules.write_archives(path)
    if environment is not None:
        path.joinpath("moto_override.tf").write_text(PROVIDER + (NOT_MADE if name == "base" else ""))
    if backend:
        path.joinpath("state_override.tf").write_text(backend)
    return initialise(Folder(path, _environment(environment or {})), *([] if backend else ["-backend=false"]))


def initialise(found: Folder, *words: str) -> Folder:
    """``terraform init``, with a mirror of providers on this machine's disk, where there is one."""
    done = found.run("init", "-input=false", *words, *from_mirror(), check=False)
    if done.returncode and not from_mirror():
        pytest.skip(
            "Terraform's AWS provider cannot be had: no way to the registry; `terraform providers mirror DIR` where "
            "there is one, and TF_PLUGIN_MIRROR=DIR here"
        )
    assert done.returncode == 0, done.stdout + done.stderr
    return found


@cache
def from_mirror() -> list[str]:
    """What tells ``terraform init`` of a mirror: the one that TF_PLUGIN_MIRROR names, else one where mirrors usually
    lie; nothing where there is none.

    https://developer.hashicorp.com/terraform/cli/config/config-file#implied-local-mirror-directories
    """
    named = os.environ.get("TF_PLUGIN_MIRROR")
    found = (str(path.parent) for folder in MIRRORS for path in Path("/").glob(f"{folder}/registry.terraform.io"))
    mirror = named or next(found, None)
    return [f"-plugin-dir={mirror}"] if mirror else []


def _environment(given: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TF_"))}
    return {**kept, "TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1", **NONE, **given}


def resources(plan: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Address -> planned values."""
    return {one["address"]: one["values"] for one in _listed(plan["planned_values"]["root_module"])}


def _listed(module: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The resources of a module and of those in it."""
    yield from module.get("resources", ())
    for child in module.get("child_modules", ()):
        yield from _listed(child)


def changes(plan: Mapping[str, Any]) -> dict[str, list[str]]:
    """Address -> what would be done to it, of those to which something would."""
    found = {one["address"]: one["change"]["actions"] for one in plan["resource_changes"]}
    return {address: actions for address, actions in found.items() if actions not in (["no-op"], ["read"])}
