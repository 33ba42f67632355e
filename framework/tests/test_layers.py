"""Check the import rules of the framework: tools may import the runtime, and the runtime definition and analyses."""

from __future__ import annotations

import subprocess
import sys

import pytest
import source_code
from source_code import IMAGE_PACKAGES, TENSORFLOW, is_below, module_name, modules, own_imports, third_party_imports

#: Imports nothing of this project; suggests the name that a user probably meant.
NEAR_NAMES = "local_sagemaker.near_names"
DEFINITION = ("local_sagemaker.definition", NEAR_NAMES)
TOOLS = "local_sagemaker.tools"
#: What the runtime (apart from its images, which are programs) may import of the analyses: the table of what a check
#: compares with, and the allowed members of a Clarify configuration. They and their imports need only the standard
#: library.
CONTRACTS = ("model_monitor.lifecycle", "model_monitor.monitor_error", "model_monitor.clarify.config")
#: The modules of the runtime that tools and pipelines may import.
ENTRY_MODULES = tuple(
    f"local_sagemaker.{name}"
    for name in ("account", "credentials", "project", "root", "service_model", "session", "settings", "start_checks")
)
NOTEBOOK = {"IPython", "itables", "matplotlib", "numpy", "pandas"}
CLIENT = {"argcomplete", "boto3", "botocore", "rich"}


def runtime_modules():
    return [path for path in modules("local_sagemaker") if not is_below(module_name(path), *DEFINITION, TOOLS)]


@pytest.mark.parametrize("path", modules("local_sagemaker/definition"), ids=module_name)
def test_definition_is_standard_library_only(path):
    assert not third_party_imports(path)
    assert all(is_below(name, *DEFINITION) or name == "local_sagemaker" for name in own_imports(path))


@pytest.mark.parametrize("path", modules("model_monitor"), ids=module_name)
def test_analyses_import_only_packages_of_the_images_and_themselves(path):
    assert third_party_imports(path) <= IMAGE_PACKAGES
    assert all(is_below(name, "model_monitor") for name in own_imports(path))


@pytest.mark.parametrize("path", runtime_modules(), ids=module_name)
def test_the_runtime_imports_neither_tools_nor_pipelines_and_only_contracts_of_the_analyses(path):
    for name in own_imports(path):
        if is_below(name, "model_monitor") and not is_below(module_name(path), "local_sagemaker.images"):
            assert name in CONTRACTS or any(is_below(contract, name) for contract in CONTRACTS), name
        else:
            assert is_below(name, "local_sagemaker", "model_monitor") and not is_below(name, TOOLS), name


@pytest.mark.parametrize("path", modules("local_sagemaker/tools"), ids=module_name)
def test_tools_import_the_runtime_through_its_entry_modules(path):
    allowed = (*DEFINITION, *ENTRY_MODULES, TOOLS, *CONTRACTS)

    assert all(
        is_below(name, *allowed) or any(is_below(package, name) for package in allowed) for name in own_imports(path)
    )
    assert third_party_imports(path) <= CLIENT | (
        NOTEBOOK if is_below(module_name(path), f"{TOOLS}.notebook") else set()
    )


@pytest.mark.parametrize(
    "folder", ["local_sagemaker", "local_sagemaker/tools", "local_sagemaker/tools/service", "model_monitor"]
)
def test_modules_of_a_package_do_not_import_each_other_in_a_cycle(folder):
    assert source_code.find_cycle(source_code.package_members(folder)) == []


def test_contracts_are_standard_library_only():
    waiting, visited = [*CONTRACTS], set()
    while waiting:
        path = next(path for path in modules("model_monitor") if module_name(path) == waiting[-1])
        visited.add(waiting.pop())

        assert not third_party_imports(path)
        waiting += [name for name in own_imports(path) if name not in visited]


@pytest.mark.parametrize("path", runtime_modules(), ids=module_name)
def test_only_the_hooks_import_boto3(path):
    seam = {"hooks.py", "session.py", "testing.py", "service_model.py"}
    allowed = {"boto3", "botocore"} if path.name in seam else set()
    allowed |= IMAGE_PACKAGES if {"images", "serving"} & set(path.parts) else set()
    allowed |= TENSORFLOW if "tensorflow" in path.parts else set()

    assert third_party_imports(path) <= allowed | ({"optuna"} if "tuning" in path.parts else set())


@pytest.mark.parametrize("path", [*modules("local_sagemaker"), *modules("model_monitor")], ids=module_name)
def test_no_underscore_module_is_imported_from_another_package(path):
    source_code.check_private(path)


def test_the_runtimes_processes_import_no_slow_packages():
    program = "import sys, local_sagemaker.execution.run, local_sagemaker.jobs.__main__; print(*sys.modules)"
    completed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert not set(completed.stdout.split()) & {"boto3", "botocore", "pandas", "numpy", "sagemaker", "xgboost"}
