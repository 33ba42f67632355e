"""Who may import whom: read from the code, as DESIGN has it."""

from __future__ import annotations

import ast
import sys

import pytest
from paths import FRAMEWORK, ROOT, ROOTS

OURS = ("pipelines", "local_sagemaker", "model_monitor")
#: What AWS's scikit-learn and XGBoost images both have, and the two that only the latter has.
IMAGE_PACKAGES = {"jmespath", "numpy", "pandas", "pyarrow", "scipy", "sklearn", "numba", "xgboost"}
#: What the notebooks' cells have beside a kernel.
NOTEBOOK = {"IPython", "itables", "matplotlib", "packaging"}
SDK = {"sagemaker", "argcomplete", "boto3", "botocore", "packaging", "rich"}
#: Rooms of the machine, from the bottom up: a module imports from its own room and those before it.
FLOORS = [
    {"errors", "credentials", "near_names"},
    {"project"},
    {"process_ends", "store", "objects", "processes", "definition", "service_model"},
    {"account"},
    {"script_mode"},
    {"images", "sandbox", "serving"},
    {"batch_transform"},
    {"invocations", "event_patterns", "queues"},
    {"events"},
    {"pipeline_events"},
    {"jobs"},
    {"operations"},
    {"step_types"},
    {"execution", "tuning", "hooks", "functions"},
    {"session", "job_calls"},
    {"testing"},
]
#: What the machine uses of the analyses beside its images, the programs: the table of what a check compares with, and
#: what a configuration of Clarify's may hold.
MAY_ANALYSE = dict.fromkeys(
    ("model_monitor", "model_monitor.lifecycle", "model_monitor.errors", "model_monitor.clarify.config"),
    ("local_sagemaker.images.", "local_sagemaker.operations.", "local_sagemaker.step_types."),
)
#: Modules of pipelines that functions carry: the contract of a registered model, and how a job of CodePipeline's ends.
CARRIED = ("codepipeline_job", "model_package")
#: These, and what they import.
STANDARD_LIBRARY = {
    "model_monitor", "model_monitor.lifecycle", "model_monitor.errors", "model_monitor.json_files",
    "model_monitor.bias", "model_monitor.bias.names",
    "model_monitor.clarify", "model_monitor.clarify.config", "model_monitor.clarify.members",
    "model_monitor.predictions", "model_monitor.predictions.media_types",
}  # fmt: skip


def modules(*folders):
    return sorted(p for folder in folders for root in ROOTS for p in (root / folder).rglob("*.py"))


def of_tensorflow(path):
    """What the TensorFlow images have, for what runs in them."""
    return {"keras", "tensorflow"} if {"tensorflow", "abalone_tensorflow"} & set(path.parts) else set()


def name_of(path):
    root = next(root for root in reversed(ROOTS) if path.is_relative_to(root))
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path):
    """Absolute names of what a file imports, wherever in the file it does."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module
            yield from (
                f"{node.module}.{a.name}"
                for a in node.names
                if any((root / node.module.replace(".", "/")).is_dir() for root in ROOTS)
            )


def others(path):
    """Top-level packages that are neither the standard library's nor ours."""
    tops = {name.partition(".")[0] for name in imports(path)}
    return tops - set(sys.stdlib_module_names) - set(OURS)


def ours(path):
    return {name for name in imports(path) if name.partition(".")[0] in OURS}


@pytest.mark.parametrize("path", modules("local_sagemaker/definition"), ids=name_of)
def test_definition_is_standard_library_only(path):
    assert not others(path)
    assert all(name.startswith("local_sagemaker.definition") or name == "local_sagemaker" for name in ours(path))


def container_code():
    scripts = modules("pipelines/scripts")
    return scripts + [
        p for p in modules("pipelines") if p.parent.joinpath("pipeline.py").is_file() and p.name != "pipeline.py"
        and p.parent.name != "steps"
    ]  # fmt: skip


@pytest.mark.parametrize("path", container_code(), ids=name_of)
def test_container_scripts_import_what_the_images_have(path):
    own = name_of(path.parent / "__init__.py")

    assert others(path) <= IMAGE_PACKAGES | of_tensorflow(path)
    for name in ours(path):
        # What another use case says of its columns is data.
        assert name.startswith(("pipelines.scripts", "model_monitor", own)) or name.endswith(".columns"), name


@pytest.mark.parametrize("path", modules("model_monitor"), ids=name_of)
def test_analyses_import_what_the_images_have_and_nothing_of_ours(path):
    assert others(path) <= IMAGE_PACKAGES
    assert all(name.startswith("model_monitor") for name in ours(path))


def test_what_the_machine_uses_of_the_analyses_is_standard_library_only():
    assert set(MAY_ANALYSE) <= STANDARD_LIBRARY
    for name in STANDARD_LIBRARY:
        path = FRAMEWORK / name.replace(".", "/")
        path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")

        assert not others(path)
        assert ours(path) <= STANDARD_LIBRARY


@pytest.mark.parametrize("path", modules("pipelines"), ids=name_of)
def test_pipelines_import_the_sdk_and_of_the_machine_only_definition_and_hooks(path):
    machine = {name for name in ours(path) if name.startswith("local_sagemaker.")}
    allowed = (
        "local_sagemaker.credentials", "local_sagemaker.definition", "local_sagemaker.hooks",
        "local_sagemaker.service_model",
    )  # fmt: skip
    if path == ROOT / "pipelines" / "targets.py":  # where --local asks for the machine
        allowed += ("local_sagemaker.session", "local_sagemaker.account")

    assert all(name.startswith(allowed) for name in machine), machine
    cells = NOTEBOOK if path.parent.name == "notebook" else set()
    assert others(path) <= SDK | IMAGE_PACKAGES | of_tensorflow(path) | cells


@pytest.mark.parametrize("path", modules("deploy/lambdas"), ids=lambda path: f"{path.parent.name}.{path.stem}")
def test_functions_import_boto3_and_what_is_standard_library_only(path):
    beside = {one.stem for one in path.parent.glob("*.py")}

    assert others(path) - beside <= {"boto3", "botocore"}
    assert ours(path) <= {"pipelines", *(f"pipelines.{name}" for name in CARRIED)} | STANDARD_LIBRARY


@pytest.mark.parametrize("name", CARRIED)
def test_what_functions_carry_of_the_project_is_standard_library_only(name):
    path = ROOT / "pipelines" / f"{name}.py"

    assert not others(path)
    assert not ours(path)


def floor(name):
    room = name.removeprefix("local_sagemaker.").partition(".")[0]
    return next(number for number, rooms in enumerate(FLOORS) if room in rooms)


@pytest.mark.parametrize("path", [p for p in modules("local_sagemaker") if p.parent != ROOT], ids=name_of)
def test_arrows_in_the_machine_go_down(path):
    name = name_of(path)
    if name == "local_sagemaker":
        assert path.read_text() == ""
        return
    for imported in ours(path) - {"local_sagemaker"}:
        if imported.startswith("model_monitor"):
            assert name.startswith(MAY_ANALYSE.get(imported, "local_sagemaker.images.")), f"{name} imports {imported}"
            continue
        assert imported.startswith("local_sagemaker"), imported
        assert floor(imported) <= floor(name), f"{name} imports {imported}"


@pytest.mark.parametrize("path", modules("local_sagemaker"), ids=name_of)
def test_boto3_is_only_where_the_seam_is(path):
    allowed = {"hooks.py", "session.py", "testing.py", "service_model.py"}
    images = IMAGE_PACKAGES if {"images", "serving"} & set(path.parts) else set()
    tuning = {"optuna"} if "tuning" in path.parts else set()

    assert others(path) <= ({"boto3", "botocore"} if path.name in allowed else set()) | images | tuning | of_tensorflow(
        path
    )


def test_importing_the_machines_processes_is_quick_since_nothing_heavy_comes_along():
    import subprocess

    code = "import sys, local_sagemaker.execution.run, local_sagemaker.jobs.__main__; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)

    assert not set(done.stdout.split()) & {"boto3", "botocore", "pandas", "numpy", "sagemaker", "xgboost"}
