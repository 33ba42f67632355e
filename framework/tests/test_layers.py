"""Who may import whom in the framework: definition and analyses at the ground, the machine on them, tools on all."""

from __future__ import annotations

import subprocess
import sys

import pytest
import source_code
from source_code import IMAGE_PACKAGES, TENSORFLOW, is_below, modules, name_of, others, ours

#: What knows nothing of ours but the name that was meant.
NEAR_NAMES = "local_sagemaker.near_names"
DEFINITION = ("local_sagemaker.definition", NEAR_NAMES)
TOOLS = "local_sagemaker.tools"
#: What the machine uses of the analyses beside its images, the programs: the table of what a check compares with, and
#: what a configuration of Clarify's may hold. These and what they import need the standard library alone.
CONTRACTS = ("model_monitor.lifecycle", "model_monitor.monitor_error", "model_monitor.clarify.config")
#: The machine's doors: by these tools and pipelines reach it.
DOORS = tuple(f"local_sagemaker.{name}" for name in ("account", "project", "service_model", "session"))
NOTEBOOK = {"IPython", "itables", "matplotlib", "numpy", "pandas"}
CLIENT = {"argcomplete", "boto3", "botocore", "rich"}


def of_machine():
    return [path for path in modules("local_sagemaker") if not is_below(name_of(path), *DEFINITION, TOOLS)]


@pytest.mark.parametrize("path", modules("local_sagemaker/definition"), ids=name_of)
def test_definition_is_standard_library_only(path):
    assert not others(path)
    assert all(is_below(name, *DEFINITION) or name == "local_sagemaker" for name in ours(path))


@pytest.mark.parametrize("path", modules("model_monitor"), ids=name_of)
def test_analyses_import_what_the_images_have_and_nothing_of_ours(path):
    assert others(path) <= IMAGE_PACKAGES
    assert all(is_below(name, "model_monitor") for name in ours(path))


@pytest.mark.parametrize("path", of_machine(), ids=name_of)
def test_the_machine_imports_neither_tools_nor_pipelines_and_of_the_analyses_contracts(path):
    for name in ours(path):
        if is_below(name, "model_monitor") and not is_below(name_of(path), "local_sagemaker.images"):
            assert name in CONTRACTS or any(is_below(one, name) for one in CONTRACTS), name
        else:
            assert is_below(name, "local_sagemaker", "model_monitor") and not is_below(name, TOOLS), name


@pytest.mark.parametrize("path", modules("local_sagemaker/tools"), ids=name_of)
def test_tools_reach_the_machine_by_its_doors(path):
    allowed = (*DEFINITION, *DOORS, TOOLS, *CONTRACTS)

    assert all(is_below(name, *allowed) or any(is_below(one, name) for one in allowed) for name in ours(path))
    assert others(path) <= CLIENT | (NOTEBOOK if is_below(name_of(path), f"{TOOLS}.notebook") else set())


@pytest.mark.parametrize(
    "folder", ["local_sagemaker", "local_sagemaker/tools", "local_sagemaker/tools/service", "model_monitor"]
)
def test_arrows_between_what_lies_in_a_package_make_no_circle(folder):
    assert source_code.circle(source_code.rooms(folder)) == []


def test_contracts_are_standard_library_only():
    waiting, seen = [*CONTRACTS], set()
    while waiting:
        path = next(path for path in modules("model_monitor") if name_of(path) == waiting[-1])
        seen.add(waiting.pop())

        assert not others(path)
        waiting += [name for name in ours(path) if name not in seen]


@pytest.mark.parametrize("path", of_machine(), ids=name_of)
def test_boto3_is_only_where_the_seam_is(path):
    seam = {"hooks.py", "session.py", "testing.py", "service_model.py"}
    allowed = {"boto3", "botocore"} if path.name in seam else set()
    allowed |= IMAGE_PACKAGES if {"images", "serving"} & set(path.parts) else set()
    allowed |= TENSORFLOW if "tensorflow" in path.parts else set()

    assert others(path) <= allowed | ({"optuna"} if "tuning" in path.parts else set())


@pytest.mark.parametrize("path", [*modules("local_sagemaker"), *modules("model_monitor")], ids=name_of)
def test_no_underscore_module_is_imported_from_another_package(path):
    source_code.check_private(path)


def test_importing_the_machines_processes_is_quick_since_nothing_heavy_comes_along():
    program = "import sys, local_sagemaker.execution.run, local_sagemaker.jobs.__main__; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert not set(done.stdout.split()) & {"boto3", "botocore", "pandas", "numpy", "sagemaker", "xgboost"}
