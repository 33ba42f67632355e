"""Runs the user's training script by the rules of AWS's training toolkit.

The hyperparameter ``sagemaker_program`` names the script; ``sagemaker_submit_directory`` is the S3 URI of a tar.gz with
it, which the job has unpacked into /opt/ml/code. The script gets the other hyperparameters as ``--name value``, and the
job's settings as environment variables: SM_MODEL_DIR, SM_CHANNEL_TRAIN, SM_HPS ...
https://github.com/aws/sagemaker-training-toolkit/blob/master/ENVIRONMENT_VARIABLES.md
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local_sagemaker.script_mode import requirements

PROGRAM, SUBMIT_DIRECTORY = "sagemaker_program", "sagemaker_submit_directory"
#: Hyperparameters that the toolkit reads and does not pass to the script.
TOOLKIT_PREFIX, TOOLKIT_NAMES = "sagemaker_", ("_tuning_objective_metric",)


def decode_hyperparameters(hyperparameters: Mapping[str, str]) -> dict[str, Any]:
    """Decode hyperparameters like the toolkit: parse values that are JSON, keep the others as strings."""
    return {name: _decode(text) for name, text in hyperparameters.items()}


def has_script(base: Path) -> bool:
    """Return whether a training job below ``base`` (/opt/ml) names a script."""
    return PROGRAM in _hyperparameters(base)


def run(base: Path) -> int:
    """Run the script in its folder; return its exit code."""
    hyperparameters, code = _hyperparameters(base), base / "code"
    program = code / str(hyperparameters[PROGRAM])
    if not program.suffix and not program.is_file():  # the toolkit takes a module's name, too
        program = program.with_suffix(".py")
    if not program.is_file():
        names = ", ".join(sorted(path.name for path in code.iterdir())) if code.is_dir() else ""
        return _fail(base, f"the script {program.name} is not in {SUBMIT_DIRECTORY}, which has: {names or 'nothing'}")
    if reason := requirements.install(code):
        return _fail(base, reason)
    toolkit_values = {
        name: value
        for name, value in hyperparameters.items()
        if name.startswith(TOOLKIT_PREFIX) or name in TOOLKIT_NAMES
    }
    script_values = {name: value for name, value in hyperparameters.items() if name not in toolkit_values}
    command = [sys.executable, str(program)] if program.suffix == ".py" else ["/bin/sh", str(program)]
    path = os.pathsep.join(filter(None, [str(code), os.environ.get("PYTHONPATH", "")]))
    environment = {**os.environ, **variables(base, script_values, toolkit_values), "PYTHONPATH": path}
    return subprocess.run([*command, *arguments(script_values)], cwd=code, env=environment, check=False).returncode


def run_required_script(base: Path, model: str) -> int:
    """Run the script of an image that has no algorithm of its own; return 1 if there is no script.

    Args:
        base: /opt/ml.
        model: the name of what is trained, for the message, such as ``a scikit-learn model``.
    """
    if has_script(base):
        return run(base)
    print(f"ERROR {model} is trained by a script; name it in the hyperparameter {PROGRAM}", file=sys.stderr)
    return 1


def arguments(values: Mapping[str, Any]) -> list[str]:
    """Return the script's command line, sorted by names; names of one letter become ``-n 1``."""
    return [
        argument
        for name in sorted(values)
        for argument in (f"--{name}" if len(name) > 1 else f"-{name}", _option(values[name]))
    ]


def variables(base: Path, script_values: Mapping[str, Any], toolkit_values: Mapping[str, Any]) -> dict[str, str]:
    """Return the script's environment variables, to add to those that the program inherits."""
    config = base / "input" / "config"
    resources, channels = (
        json.loads(config.joinpath(f"{name}.json").read_text()) for name in ("resourceconfig", "inputdataconfig")
    )
    folders = {name: str(base / "input" / "data" / name) for name in channels}
    facts: dict[str, Any] = {
        "MODEL_DIR": str(base / "model"),
        "MODULE_DIR": str(base / "code"),
        "MODULE_NAME": Path(str(toolkit_values[PROGRAM])).stem,
        "USER_ENTRY_POINT": toolkit_values[PROGRAM],
        "INPUT_DIR": str(base / "input"),
        "INPUT_CONFIG_DIR": str(config),
        "INPUT_DATA_CONFIG": channels,
        "OUTPUT_DIR": str(base / "output"),
        "OUTPUT_DATA_DIR": str(base / "output" / "data"),
        "OUTPUT_INTERMEDIATE_DIR": str(base / "output" / "intermediate"),
        "CHANNELS": sorted(channels),
        "HPS": script_values,
        "FRAMEWORK_PARAMS": toolkit_values,
        "USER_ARGS": arguments(script_values),
        "CURRENT_HOST": resources["current_host"],
        "HOSTS": resources["hosts"],
        "NETWORK_INTERFACE_NAME": resources["network_interface_name"],
        "RESOURCE_CONFIG": resources,
        "NUM_CPUS": os.cpu_count() or 1,
        "NUM_GPUS": 0,
        "LOG_LEVEL": 20,
        **{f"CHANNEL_{name.upper()}": folder for name, folder in folders.items()},
        **{f"HP_{name.upper()}": value for name, value in script_values.items()},
    }
    environment = {f"SM_{name}": _variable(value) for name, value in facts.items()}
    training_env = {name.lower(): value for name, value in facts.items() if not name.startswith(("HP_", "CHANNEL_"))}
    return environment | {
        "SM_TRAINING_ENV": json.dumps(
            training_env | {"hyperparameters": dict(script_values), "channel_input_dirs": folders}
        )
    }


def _hyperparameters(base: Path) -> dict[str, Any]:
    return decode_hyperparameters(json.loads(base.joinpath("input", "config", "hyperparameters.json").read_text()))


def _fail(base: Path, reason: str) -> int:
    print(f"ERROR {reason}", file=sys.stderr)
    failure = base / "output" / "failure"
    failure.parent.mkdir(parents=True, exist_ok=True)
    failure.write_text(reason, encoding="utf-8")
    return 1


def _decode(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _option(value: Any) -> str:
    """Format a value for the command line, as the toolkit does (its mapping.to_cmd_args)."""
    if value is None:
        return ""
    return ",".join(f"{key}={item}" for key, item in value.items()) if isinstance(value, dict) else str(value)


def _variable(value: Any) -> str:
    """Format a value for the environment, as the toolkit does (its mapping.to_env_vars): strings as is, others as
    JSON.
    """
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
