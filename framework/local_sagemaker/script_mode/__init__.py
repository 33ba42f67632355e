"""A training script of the user's, by the rules of AWS's training toolkit.

The hyperparameter ``sagemaker_program`` names the script; ``sagemaker_submit_directory`` is the S3 URI of a tar.gz with
it, which the job has unpacked into /opt/ml/code. The script gets the other hyperparameters as ``--name value``, and all
that there is to know of the job as variables: SM_MODEL_DIR, SM_CHANNEL_TRAIN, SM_HPS ...
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

PROGRAM, SUBMIT_DIRECTORY = "sagemaker_program", "sagemaker_submit_directory"
#: Hyperparameters that are the toolkit's own, and not the script's.
OWN_PREFIX, OWN = "sagemaker_", ("_tuning_objective_metric",)


def decode_hyperparameters(hyperparameters: Mapping[str, str]) -> dict[str, Any]:
    """Hyperparameters as the toolkit reads them: JSON where they are that, else text."""
    return {name: _decoded(text) for name, text in hyperparameters.items()}


def has_script(base: Path) -> bool:
    """Whether a training job below ``base`` (/opt/ml) was told of a script."""
    return PROGRAM in _hyperparameters(base)


def run(base: Path) -> int:
    """Run the script in its folder; its exit code."""
    hyperparameters, code = _hyperparameters(base), base / "code"
    program = code / str(hyperparameters[PROGRAM])
    if not program.is_file():
        there = ", ".join(sorted(path.name for path in code.iterdir())) if code.is_dir() else ""
        return _failed(base, f"there is no script {program.name} in {SUBMIT_DIRECTORY}: {there or 'it is empty'}")
    if code.joinpath("requirements.txt").is_file():
        print("requirements.txt is not installed here: the script runs with this environment", flush=True)
    own = {name: value for name, value in hyperparameters.items() if name.startswith(OWN_PREFIX) or name in OWN}
    given = {name: value for name, value in hyperparameters.items() if name not in own}
    command = [sys.executable, str(program)] if program.suffix == ".py" else ["/bin/sh", str(program)]
    environment = {**os.environ, **variables(base, given, own), "PYTHONPATH": str(code)}
    return subprocess.run([*command, *arguments(given)], cwd=code, env=environment, check=False).returncode


def only_file(base: Path, model: str) -> int:
    """The same, for an image that has no algorithm of its own; 1 where there is no script.

    Args:
        base: /opt/ml.
        model: what would be trained, for people: ``a scikit-learn model``.
    """
    if has_script(base):
        return run(base)
    print(f"ERROR {model} is trained by a script: name it in {PROGRAM}", file=sys.stderr)
    return 1


def arguments(given: Mapping[str, Any]) -> list[str]:
    """The script's command line, by the names' order: ``-n 1`` for names of one letter."""
    return [
        word for name in sorted(given) for word in (f"--{name}" if len(name) > 1 else f"-{name}", _option(given[name]))
    ]


def variables(base: Path, given: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, str]:
    """The script's environment, beside what the program inherits."""
    config = base / "input" / "config"
    resources, channels = (
        json.loads(config.joinpath(f"{name}.json").read_text()) for name in ("resourceconfig", "inputdataconfig")
    )
    folders = {name: str(base / "input" / "data" / name) for name in channels}
    facts: dict[str, Any] = {
        "MODEL_DIR": str(base / "model"),
        "MODULE_DIR": str(base / "code"),
        "MODULE_NAME": Path(str(own[PROGRAM])).stem,
        "USER_ENTRY_POINT": own[PROGRAM],
        "INPUT_DIR": str(base / "input"),
        "INPUT_CONFIG_DIR": str(config),
        "INPUT_DATA_CONFIG": channels,
        "OUTPUT_DIR": str(base / "output"),
        "OUTPUT_DATA_DIR": str(base / "output" / "data"),
        "OUTPUT_INTERMEDIATE_DIR": str(base / "output" / "intermediate"),
        "CHANNELS": sorted(channels),
        "HPS": given,
        "FRAMEWORK_PARAMS": own,
        "USER_ARGS": arguments(given),
        "CURRENT_HOST": resources["current_host"],
        "HOSTS": resources["hosts"],
        "NETWORK_INTERFACE_NAME": resources["network_interface_name"],
        "RESOURCE_CONFIG": resources,
        "NUM_CPUS": os.cpu_count() or 1,
        "NUM_GPUS": 0,
        "LOG_LEVEL": 20,
        **{f"CHANNEL_{name.upper()}": folder for name, folder in folders.items()},
        **{f"HP_{name.upper()}": value for name, value in given.items()},
    }
    named = {f"SM_{name}": _variable(value) for name, value in facts.items()}
    whole = {name.lower(): value for name, value in facts.items() if not name.startswith(("HP_", "CHANNEL_"))}
    return named | {
        "SM_TRAINING_ENV": json.dumps(whole | {"hyperparameters": dict(given), "channel_input_dirs": folders})
    }


def _hyperparameters(base: Path) -> dict[str, Any]:
    return decode_hyperparameters(json.loads(base.joinpath("input", "config", "hyperparameters.json").read_text()))


def _failed(base: Path, reason: str) -> int:
    print(f"ERROR {reason}", file=sys.stderr)
    failure = base / "output" / "failure"
    failure.parent.mkdir(parents=True, exist_ok=True)
    failure.write_text(reason, encoding="utf-8")
    return 1


def _decoded(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _option(value: Any) -> str:
    """A value on the command line, as the toolkit writes it (its mapping.to_cmd_args)."""
    if value is None:
        return ""
    return ",".join(f"{key}={one}" for key, one in value.items()) if isinstance(value, dict) else str(value)


def _variable(value: Any) -> str:
    """A value in the environment, as the toolkit writes it (its mapping.to_env_vars): text as it is, else JSON."""
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
