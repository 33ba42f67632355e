"""Test the tests' own tools: they are fast, and change nothing of what the tests observe."""

from __future__ import annotations

import os
import signal
import subprocess

import changed_tests
import pytest
import running_processes
import warm
from paths import PYTHONPATH

pytest.importorskip("sagemaker.core", reason="needs the SageMaker SDK")

PRINT_IMPORTS = """
import os, sys
print("xgboost" in sys.modules, "model_monitor" in sys.modules, os.getcwd(), sys.argv[1:])
"""
FRAMEWORK_TESTS = "framework/tests"
IS_WARM = pytest.mark.skipif(
    not warm.is_possible(), reason="no program is warm on macOS, or while coverage is measured"
)


@IS_WARM
@pytest.mark.parametrize(("path", "has_project"), [(PYTHONPATH, True), ("", False), (f"/another:{PYTHONPATH}", False)])
def test_a_warm_program_has_the_libraries_and_the_modules_that_it_would_import(tmp_path, path, has_project):
    pytest.importorskip("coverage")  # importing it, as numba does, does not make a program cold
    script = tmp_path / "imports.py"
    script.write_text(PRINT_IMPORTS)

    command = [*warm.program(str(script)), "a b"]
    environment = {**os.environ, "PYTHONPATH": path}
    completed = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path, env=environment)

    assert completed.stdout == f"True {has_project} {tmp_path} ['a b']\n"


@IS_WARM
def test_a_program_that_requests_a_new_interpreter_gets_one(tmp_path):
    script = tmp_path / "imports.py"
    script.write_text(PRINT_IMPORTS)
    environment = {**os.environ, "PYTHONPATH": PYTHONPATH, "OMP_NUM_THREADS": "1"}

    completed = subprocess.run(
        warm.program(str(script)), capture_output=True, text=True, check=True, cwd=tmp_path, env=environment
    )

    assert completed.stdout.startswith("False False ")


@IS_WARM
@pytest.mark.parametrize(
    ("code", "exit_code", "stderr"),
    [
        ("import sys; sys.exit(7)", 7, ""),
        ("import sys; sys.exit('no')", 1, "no\n"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", -signal.SIGTERM, ""),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", -signal.SIGKILL, ""),
        ("import atexit, sys; atexit.register(print, 'end', file=sys.stderr)", 0, "end\n"),
    ],
)
def test_a_warm_program_ends_like_a_cold_one(tmp_path, code, exit_code, stderr):
    script = tmp_path / "ends.py"
    script.write_text(code)

    completed = subprocess.run(warm.program(str(script)), capture_output=True, text=True, check=False)

    assert (completed.returncode, completed.stderr) == (exit_code, stderr)


@IS_WARM
def test_a_warm_program_receives_signals_and_ends_with_its_client(tmp_path):
    script = tmp_path / "signals.py"
    script.write_text(
        "import os, signal, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: os.write(1, b'stopped\\n'))\n"
        "print(os.getpid(), flush=True)\nwhile True: time.sleep(60)\n"
    )
    with subprocess.Popen(warm.program(str(script)), stdout=subprocess.PIPE, text=True) as client:
        process = int(client.stdout.readline())
        client.terminate()
        assert client.stdout.readline() == "stopped\n"
        assert process != client.pid
        client.kill()

    running_processes.wait_for(lambda: not os.path.exists(f"/proc/{process}"))


@pytest.mark.parametrize(
    ("path", "expected", "unexpected"),
    [
        (
            "framework/model_monitor/accumulators/kll.py",
            {f"{FRAMEWORK_TESTS}/model_monitor/accumulators"},
            {f"{FRAMEWORK_TESTS}/model_monitor"},
        ),
        ("deploy/functions.py", {"tests/deploy/test_functions.py"}, {"tests/deploy"}),
        (
            "framework/local_sagemaker/tools/code.py",
            {
                f"{FRAMEWORK_TESTS}/local_sagemaker/tools/test_code.py",
                "tests/pipelines/batch_inference/test_pipeline.py",
            },
            {f"{FRAMEWORK_TESTS}/local_sagemaker/tools"},
        ),
        ("pipelines/model_package.py", {"tests/test_pipelines.py"}, {"tests/pipelines"}),
        ("tests/test_readme.py", {"tests/test_readme.py"}, {"tests/test_checks.py"}),
        ("docs/checks.md", set(), {"tests/test_checks.py"}),
    ],
)
def test_a_change_selects_the_tests_next_to_it_and_those_that_import_it(path, expected, unexpected):
    chosen = set(changed_tests.choose_tests([path]))

    assert expected | set(changed_tests.ALWAYS) <= chosen
    assert not unexpected & chosen
