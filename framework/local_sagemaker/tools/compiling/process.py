"""Compiles a module in a process of its own, and returns the result."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local_sagemaker.credentials import NO_CREDENTIALS, without_secrets
from local_sagemaker.tools.command_errors import ModuleError, UsageError
from local_sagemaker.tools.compiling.compiled import Compiled
from local_sagemaker.tools.compiling.scratch import scratch_account, written_objects

_ERRORS = {UsageError.exit_code: UsageError}


def compile_here(
    module: str, arguments: Mapping[str, Any], defaults: Mapping[str, Any], region: str, root: Path | None = None
) -> Compiled:
    """Compile a module for this machine: a copy of a root, or an empty account, answers all its calls.

    Args:
        module: e.g. ``pipelines.abalone.pipeline``.
        arguments: keyword arguments for get_pipeline.
        defaults: further ones, for get_pipeline functions that take them.
        region: of the empty account.
        root: the root to copy.

    Raises:
        UsageError: the module does not exist, or its get_pipeline does not take these arguments.
        ModuleError: its own code failed.
    """
    with scratch_account(root, region) as account:
        environment = without_secrets(os.environ) | NO_CREDENTIALS
        environment |= {"AWS_REGION": account.region, "AWS_DEFAULT_REGION": account.region}
        compiled = _compile(module, arguments, defaults, environment, str(account.root))
        return Compiled(**vars(compiled) | {"uploads": written_objects(account, root) | dict(compiled.uploads)})


def compile_for_aws(module: str, arguments: Mapping[str, Any], defaults: Mapping[str, Any], region: str) -> Compiled:
    """Compile a module for an account of AWS, which answers its calls; see ``compile_here``."""
    environment = dict(os.environ) | {"AWS_REGION": region, "AWS_DEFAULT_REGION": region}
    return _compile(module, arguments, defaults, environment, None)


def _compile(
    module: str,
    arguments: Mapping[str, Any],
    defaults: Mapping[str, Any],
    environment: Mapping[str, str],
    root: str | None,
) -> Compiled:
    request = {"module": module, "arguments": arguments, "defaults": defaults, "root": root}
    with tempfile.TemporaryDirectory(prefix="compile-") as folder:
        path = Path(folder, "request.json")
        try:
            path.write_text(json.dumps(request), encoding="utf-8")
        except (TypeError, ValueError):
            raise UsageError(f"get_pipeline's keyword arguments cannot be written as JSON: {arguments!r}") from None
        command = [sys.executable, "-m", __package__, str(path)]
        process = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL)
        result_file = path.with_name("result.json")
        if not result_file.is_file():
            raise ModuleError(f"compiling {module} ended with exit code {process.returncode} and without a pipeline")
        result = json.loads(result_file.read_text(encoding="utf-8"))
    if error := result.get("error"):
        raise _ERRORS.get(error["exit_code"], ModuleError)(error["message"])
    uploads = {(bucket, key): base64.b64decode(content) for bucket, key, content in result.pop("uploads")}
    return Compiled(**result, uploads=uploads)
