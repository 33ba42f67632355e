"""Tests the import rules of the template: of container scripts, builders, use cases and deployed code."""

from __future__ import annotations

import pytest
import source_code
from paths import ROOT
from source_code import IMAGE_PACKAGES, TENSORFLOW, is_below, module_name, modules, own_imports, third_party_imports

USE_CASES = [path.parent.name for path in sorted((ROOT / "pipelines").glob("*/pipeline.py"))]
#: The images have boto3, too. Only these scripts call AWS, so their jobs are not isolated.
CALLS_AWS, AWS = {"resolve_baselines.py", "metrics.py"}, {"boto3", "botocore"}
LAMBDAS = ROOT / "deploy" / "lambdas"
#: Modules of ours that a function may contain; its README lists them, too.
INCLUDED = ("pipelines.model_package", "deploy.codepipeline_job", "model_monitor.lifecycle")
FRAMEWORK = ("local_sagemaker.definition", "local_sagemaker.near_names", "local_sagemaker.project")
TOOLS = "local_sagemaker.tools"
#: With these the SDK gets a session that needs no AWS.
SEAM = ("local_sagemaker.credentials", "local_sagemaker.hooks", "local_sagemaker.service_model")
SDK = {"argcomplete", "boto3", "botocore", "packaging", "rich", "sagemaker"}


def container_code():
    use_case_scripts = [
        path for name in USE_CASES for path in modules(f"pipelines/{name}") if path.name != "pipeline.py"
    ]
    return [*modules("pipelines/scripts"), *use_case_scripts]


@pytest.mark.parametrize("path", container_code(), ids=module_name)
def test_container_scripts_import_only_packages_of_the_images(path):
    own_package = module_name(path.parent / "__init__.py")

    more = TENSORFLOW if "abalone_tensorflow" in path.parts else AWS if path.name in CALLS_AWS else set()
    assert third_party_imports(path) <= IMAGE_PACKAGES | more
    for name in own_imports(path) - {"pipelines"}:
        # Another use case's description of its columns is data.
        assert is_below(name, "pipelines.scripts", "model_monitor", own_package) or name.endswith(
            (".columns", ".SCHEMA")
        ), name


@pytest.mark.parametrize("name", USE_CASES)
def test_a_pipeline_imports_only_the_reports_of_the_tools(name):
    path = ROOT / "pipelines" / name / "pipeline.py"

    assert {name for name in own_imports(path) if is_below(name, "local_sagemaker")} <= {f"{TOOLS}.reports", TOOLS}


@pytest.mark.parametrize("path", modules("pipelines"), ids=module_name)
def test_pipelines_import_the_sdk_and_of_the_framework_only_tools_and_definitions(path):
    allowed = (*FRAMEWORK, TOOLS, *(SEAM if is_below(module_name(path), "pipelines.compiling") else ()))
    names = {name for name in own_imports(path) - {"local_sagemaker"} if is_below(name, "local_sagemaker")}

    assert all(is_below(name, *allowed) for name in names), names
    assert all(not is_below(name, "deploy") for name in own_imports(path))
    cells = {"IPython"} if path.parent.name == "notebook" else set()
    assert third_party_imports(path) <= SDK | IMAGE_PACKAGES | TENSORFLOW | cells


@pytest.mark.parametrize("path", modules("deploy/lambdas"), ids=lambda path: f"{path.parent.name}.{path.stem}")
def test_functions_import_boto3_and_included_modules_only(path):
    siblings = {file.stem for file in path.parent.glob("*.py")}

    assert third_party_imports(path) - siblings <= {"boto3", "botocore"}
    for name in own_imports(path):
        assert any(is_below(module, name) for module in INCLUDED), name


@pytest.mark.parametrize("path", [ROOT / f"{name.replace('.', '/')}.py" for name in INCLUDED[:2]], ids=module_name)
def test_modules_of_ours_in_functions_import_only_the_standard_library(path):
    assert not third_party_imports(path)
    assert not own_imports(path)


@pytest.mark.parametrize("path", [path for path in modules("deploy") if LAMBDAS not in path.parents], ids=module_name)
def test_deploy_does_not_change_sys_path(path):
    assert "sys.path" not in path.read_text()


@pytest.mark.parametrize("path", [*modules("pipelines"), *modules("deploy")], ids=module_name)
def test_no_underscore_module_is_imported_from_another_package(path):
    source_code.check_private(path)


@pytest.mark.parametrize("folder", ["pipelines", "pipelines/steps", "pipelines/scripts", "deploy"])
def test_imports_between_members_of_a_package_have_no_cycle(folder):
    assert source_code.find_cycle(source_code.package_members(folder)) == []


def test_pipelines_has_few_members_besides_use_cases_and_few_imports_between_them():
    members = source_code.package_members("pipelines")
    shared = {name: imported - {*USE_CASES} for name, imported in members.items() if name not in USE_CASES}

    assert len(shared) <= 14, "put the new module into one of the folders, or into the framework"
    assert sum(map(len, shared.values())) <= 14
