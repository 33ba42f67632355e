"""Who may import whom in what is yours: container scripts, builders, use cases, what is deployed."""

from __future__ import annotations

import pytest
import source_code
from paths import ROOT
from source_code import IMAGE_PACKAGES, TENSORFLOW, is_below, modules, name_of, others, ours

USE_CASES = [path.parent.name for path in sorted((ROOT / "pipelines").glob("*/pipeline.py"))]
#: The images have boto3, too; these alone ask AWS, and so are not isolated.
ASKS_AWS, AWS = {"resolve_baselines.py", "metrics.py"}, {"boto3", "botocore"}
LAMBDAS = ROOT / "deploy" / "lambdas"
#: What a function may carry of ours; its README says it, too.
CARRIED = ("pipelines.model_package", "deploy.codepipeline_job", "model_monitor.lifecycle")
FRAMEWORK = ("local_sagemaker.definition", "local_sagemaker.near_names", "local_sagemaker.project")
TOOLS = "local_sagemaker.tools"
#: With these the SDK is given a session that needs no AWS.
SEAM = ("local_sagemaker.credentials", "local_sagemaker.hooks", "local_sagemaker.service_model")
SDK = {"argcomplete", "boto3", "botocore", "packaging", "rich", "sagemaker"}


def container_code():
    own = [path for name in USE_CASES for path in modules(f"pipelines/{name}") if path.name != "pipeline.py"]
    return [*modules("pipelines/scripts"), *own]


@pytest.mark.parametrize("path", container_code(), ids=name_of)
def test_container_scripts_import_what_the_images_have(path):
    own = name_of(path.parent / "__init__.py")

    more = TENSORFLOW if "abalone_tensorflow" in path.parts else AWS if path.name in ASKS_AWS else set()
    assert others(path) <= IMAGE_PACKAGES | more
    for name in ours(path) - {"pipelines"}:
        # What another use case says of its columns is data.
        assert is_below(name, "pipelines.scripts", "model_monitor", own) or name.endswith((".columns", ".SCHEMA")), name


@pytest.mark.parametrize("name", USE_CASES)
def test_a_pipeline_takes_of_the_tools_only_how_its_reports_are_found(name):
    path = ROOT / "pipelines" / name / "pipeline.py"

    assert {name for name in ours(path) if is_below(name, "local_sagemaker")} <= {f"{TOOLS}.reports", TOOLS}


@pytest.mark.parametrize("path", modules("pipelines"), ids=name_of)
def test_pipelines_import_the_sdk_and_reach_the_machine_by_the_tools(path):
    allowed = (*FRAMEWORK, TOOLS, *(SEAM if is_below(name_of(path), "pipelines.compiling") else ()))
    theirs = {name for name in ours(path) - {"local_sagemaker"} if is_below(name, "local_sagemaker")}

    assert all(is_below(name, *allowed) for name in theirs), theirs
    assert all(not is_below(name, "deploy") for name in ours(path))
    cells = {"IPython"} if path.parent.name == "notebook" else set()
    assert others(path) <= SDK | IMAGE_PACKAGES | TENSORFLOW | cells


@pytest.mark.parametrize("path", modules("deploy/lambdas"), ids=lambda path: f"{path.parent.name}.{path.stem}")
def test_functions_import_boto3_and_what_they_carry(path):
    beside = {one.stem for one in path.parent.glob("*.py")}

    assert others(path) - beside <= {"boto3", "botocore"}
    for name in ours(path):
        assert any(is_below(one, name) for one in CARRIED), name


@pytest.mark.parametrize("path", [ROOT / f"{name.replace('.', '/')}.py" for name in CARRIED[:2]], ids=name_of)
def test_what_functions_carry_of_the_project_is_standard_library_only(path):
    assert not others(path)
    assert not ours(path)


@pytest.mark.parametrize("path", [path for path in modules("deploy") if LAMBDAS not in path.parents], ids=name_of)
def test_deploy_needs_no_path_of_its_own(path):
    assert "sys.path" not in path.read_text()


@pytest.mark.parametrize("path", [*modules("pipelines"), *modules("deploy")], ids=name_of)
def test_no_underscore_module_is_imported_from_another_package(path):
    source_code.check_private(path)


@pytest.mark.parametrize("folder", ["pipelines", "pipelines/steps", "pipelines/scripts", "deploy"])
def test_arrows_between_what_lies_in_a_package_make_no_circle(folder):
    assert source_code.circle(source_code.rooms(folder)) == []


def test_pipelines_has_few_rooms_beside_use_cases_and_few_arrows_between_them():
    rooms = source_code.rooms("pipelines")
    others = {room: arrows - {*USE_CASES} for room, arrows in rooms.items() if room not in USE_CASES}

    assert len(others) <= 14, "lay what is new into one of the folders, or into the framework"
    assert sum(map(len, others.values())) <= 14
