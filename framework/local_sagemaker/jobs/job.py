"""Defines what all job kinds share: the folder, the instances, running their program, and the reason of a failure."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from local_sagemaker import events, images
from local_sagemaker.account import Account
from local_sagemaker.errors import JobError
from local_sagemaker.images import Image
from local_sagemaker.jobs import inputs
from local_sagemaker.jobs.framework_code import framework_path
from local_sagemaker.jobs.model_data import unpack
from local_sagemaker.jobs.versions import versions
from local_sagemaker.objects import split_uri
from local_sagemaker.sandbox import interpreters, namespace, programs
from local_sagemaker.sandbox.folders import Sandbox, mentions_base
from local_sagemaker.sandbox.programs import Program, last_lines
from local_sagemaker.sandbox.reach import Reach, reach


class Stopped(Exception):
    """Raised when a job ends because of a stop request, or because its time is over."""

    def __init__(self, reason: str):
        super().__init__(reason)
        self.changes = {"SecondaryStatus": reason}


#: The name of the only group of instances of a job that defines none.
GROUP = "homogeneousCluster"


@dataclass(frozen=True)
class Job:
    """A job, described by its record at its start and the account that it runs in."""

    account: Account
    job_kind: str
    name: str
    request: dict[str, Any]

    @property
    def folder(self) -> Path:
        """The job's folder is ``<root>/jobs/<name>``."""
        return self.account.root / "jobs" / self.name

    @cached_property
    def sandboxes(self) -> list[Sandbox]:
        """The sandboxes, of which each instance has one."""
        hosts = [f"algo-{n + 1}" for n in range(self._resources["InstanceCount"])]
        return [Sandbox(host, self.folder / host) for host in hosts]

    def resource_config(self, sandbox: Sandbox) -> dict[str, Any]:
        """Return resourceconfig.json, from which a program learns which of the job's instances it runs on.

        https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-running-container.html
        """
        hosts, instance_type = [other.host for other in self.sandboxes], self._resources.get("InstanceType", "")
        group = {"instance_group_name": GROUP, "instance_type": instance_type, "hosts": hosts}
        return {
            "current_host": sandbox.host,
            "current_instance_type": instance_type,
            "current_group_name": GROUP,
            "hosts": hosts,
            "instance_groups": [group],
            "network_interface_name": "lo",
        }

    @property
    def _resources(self) -> dict[str, Any]:
        return next(
            resources
            for resources in (
                self.request.get("ResourceConfig"),
                self.request.get("TransformResources"),
                self.request.get("ProcessingResources", {}).get("ClusterConfig"),
            )
            if resources
        )

    def upload(self, path: Path, bucket: str, key: str) -> None:
        """Store an output of the job, which moves it away from ``path``."""
        self.account.objects.move_in(path, bucket, key)
        events.emit_object_created(self.account, bucket, key, self.account.objects.path(bucket, key), "PutObject")

    def image(self, uri: str) -> Image:
        """Return the local counterpart of an image; record the versions that it runs with.

        Raises:
            JobError: if its interpreter cannot be used.
        """
        image = images.find_image(self.account.config, uri)
        document = versions(image, interpreters.find_interpreter(image.python))
        self.folder.joinpath("versions.json").write_text(json.dumps(document, indent=2), encoding="utf-8")
        return image

    def program(
        self, image: Image, specification: dict[str, Any], action: str, job_variables: dict[str, str], is_isolated: bool
    ) -> Program:
        """Return the program that the request gives, else the image's own.

        Args:
            image: the job's.
            specification: with ContainerEntrypoint and ContainerArguments.
            action: what the image's own program does: train, process or serve.
            job_variables: the variables with the job's name and ARN.
            is_isolated: whether it has network isolation.

        Raises:
            JobError: if the request gives no program and the image has none for this action here, or if its interpreter
                cannot be used.
        """
        entrypoint, own = specification.get("ContainerEntrypoint"), getattr(image, action)
        if not entrypoint and not own:
            raise JobError(
                f"ClientError: {image.repository} has no program of its own here to {action} with; write "
                f"{action} = [...] into [images.{image.repository}] of local.toml, or give a ContainerEntrypoint"
            )
        command = [*entrypoint, *(specification.get("ContainerArguments") or ())] if entrypoint else own
        is_ours = command[0] == sys.executable
        regions = {"AWS_REGION": self.account.region, "AWS_DEFAULT_REGION": self.account.region}
        environment = dict(self.request.get("Environment") or {}) | regions | job_variables
        python = interpreters.find_interpreter(image.python)
        framework = framework_path(python, self.folder) if is_ours else ""
        if folders := list(filter(None, [framework, environment.get("PYTHONPATH", ""), image.site])):
            environment["PYTHONPATH"] = os.pathsep.join(folders)
        if not entrypoint:
            environment[images.VERSION_VARIABLE] = ".".join(map(str, image.version))
        return Program(
            [python.name, *command[1:]] if is_ours else command, environment, python, self.reach(is_isolated)
        )

    def reach(self, is_isolated: bool) -> Reach:
        """Return what a program of this job can reach outside its sandbox.

        Raises:
            ConfigError: see ``sandbox.reach.shared_home``.
        """
        return reach(self.account, self.folder, is_isolated)

    def log(self, sandbox: Sandbox) -> Path:
        """Return the path of one instance's log."""
        return self.folder / f"{sandbox.host}.log"

    def update(self, changes: dict[str, Any]) -> None:
        """Change the job's record."""
        self.account.store.update(self.job_kind, self.name, changes)

    def run(self, program: Program, max_seconds: float | None) -> None:
        """Run the program on every instance; see ``run_each``."""
        self.run_each([program] * len(self.sandboxes), max_seconds)

    def run_each(self, instance_programs: Sequence[Program], max_seconds: float | None) -> None:
        """Run a program on each instance.

        Raises:
            JobError: if an instance ends with an exit code other than 0.
            Stopped: if the job is stopped by a request or by its time limit.
        """
        started = ((program, s, self.log(s)) for program, s in zip(instance_programs, self.sandboxes, strict=True))
        codes, ended = programs.run(started, self._should_stop, max_seconds)
        if ended:
            raise Stopped(ended)
        for sandbox, code in zip(self.sandboxes, codes, strict=True):
            if code:
                raise JobError(self._failure_reason(sandbox, code))

    def download(self, sandbox: Sandbox, uri: str, folder: str, sharded: bool, data_type: str = "S3Prefix") -> None:
        """Put the objects of an input, whose S3DataType is ``data_type``, into the container's folder.

        Raises:
            JobError: if there are none.
        """
        objects = inputs.find_inputs(self.account, data_type, uri)
        if sharded:
            number = self.sandboxes.index(sandbox)
            objects = objects[number :: len(self.sandboxes)]
        target = sandbox.make(folder)
        for relative, path, _ in objects:
            place = target / relative
            place.parent.mkdir(parents=True, exist_ok=True)
            _copy(path, place)

    def unpack(self, uri: str, folder: Path) -> None:
        """Unpack an archive in S3 into an existing folder.

        Raises:
            JobError: if it does not exist or cannot be unpacked.
        """
        archive = self.account.objects.find(*split_uri(uri))
        if archive is None:
            raise JobError(f"ClientError: Could not find model data at {uri}")
        unpack(archive, folder, uri)

    def _should_stop(self) -> bool:
        document = self.account.store.get(self.job_kind, self.name) or {}
        return document.get(f"{self.job_kind}Status") == "Stopping"

    def _failure_reason(self, sandbox: Sandbox, code: int) -> str:
        """Return the program's own failure text if it wrote one, else the last line of its log."""
        tail = last_lines(self.log(sandbox))
        text = sandbox.read_text("/opt/ml/output/failure", 1024) or (tail[-1] if tail else "no output")
        hint = ""
        if not namespace.is_available() and mentions_base("\n".join(tail)):
            hint = " (a path below /opt/ml is written into the code; read SAGEMAKER_BASE_DIR or take it as an argument)"
        return f"AlgorithmError: {text.removeprefix('error: ')}{hint}, exit code: {code}"


def _copy(source: Path, target: Path) -> None:
    """Copy a file; never link it, as a program may write into its inputs."""
    shutil.copyfile(source, target)
