"""The tests' own tools: what makes them quick does so, and changes nothing of what they see."""

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

SEEN = """
import os, sys
print("xgboost" in sys.modules, "model_monitor" in sys.modules, os.getcwd(), sys.argv[1:])
"""
OURS = "framework/tests"
IS_WARM = pytest.mark.skipif(
    not warm.is_possible(), reason="no program is warm on macOS, or while coverage is measured"
)


@IS_WARM
@pytest.mark.parametrize(
    ("path", "is_ours_there"), [(PYTHONPATH, True), ("", False), (f"/another:{PYTHONPATH}", False)]
)
def test_a_warm_program_has_the_libraries_and_of_this_project_what_it_would_import(tmp_path, path, is_ours_there):
    pytest.importorskip("coverage")  # that it is imported, as numba does it, keeps no program cold
    script = tmp_path / "seen.py"
    script.write_text(SEEN)

    words = [*warm.program(str(script)), "a b"]
    environment = {**os.environ, "PYTHONPATH": path}
    done = subprocess.run(words, capture_output=True, text=True, check=True, cwd=tmp_path, env=environment)

    assert done.stdout == f"True {is_ours_there} {tmp_path} ['a b']\n"


@IS_WARM
def test_a_program_that_asks_for_a_new_interpreter_gets_one(tmp_path):
    script = tmp_path / "seen.py"
    script.write_text(SEEN)
    environment = {**os.environ, "PYTHONPATH": PYTHONPATH, "OMP_NUM_THREADS": "1"}

    done = subprocess.run(
        warm.program(str(script)), capture_output=True, text=True, check=True, cwd=tmp_path, env=environment
    )

    assert done.stdout.startswith("False False ")


@IS_WARM
@pytest.mark.parametrize(
    ("code", "exit_code", "said"),
    [
        ("import sys; sys.exit(7)", 7, ""),
        ("import sys; sys.exit('no')", 1, "no\n"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", -signal.SIGTERM, ""),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", -signal.SIGKILL, ""),
        ("import atexit, sys; atexit.register(print, 'end', file=sys.stderr)", 0, "end\n"),
    ],
)
def test_a_warm_program_ends_as_any_other(tmp_path, code, exit_code, said):
    script = tmp_path / "ends.py"
    script.write_text(code)

    done = subprocess.run(warm.program(str(script)), capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (exit_code, said)


@IS_WARM
def test_a_warm_program_hears_signals_and_goes_with_its_client(tmp_path):
    script = tmp_path / "hears.py"
    script.write_text(
        "import os, signal, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: os.write(1, b'asked\\n'))\n"
        "print(os.getpid(), flush=True)\nwhile True: time.sleep(60)\n"
    )
    with subprocess.Popen(warm.program(str(script)), stdout=subprocess.PIPE, text=True) as client:
        process = int(client.stdout.readline())
        client.terminate()
        assert client.stdout.readline() == "asked\n"
        assert process != client.pid
        client.kill()

    running_processes.wait_for(lambda: not os.path.exists(f"/proc/{process}"))


@pytest.mark.parametrize(
    ("path", "wanted", "unwanted"),
    [
        (
            "framework/model_monitor/accumulators/kll.py",
            {f"{OURS}/model_monitor/accumulators"},
            {f"{OURS}/model_monitor"},
        ),
        ("deploy/functions.py", {"tests/deploy/test_functions.py"}, {"tests/deploy"}),
        (
            "framework/local_sagemaker/tools/code.py",
            {f"{OURS}/local_sagemaker/tools/test_code.py", "tests/pipelines/batch_inference/test_pipeline.py"},
            {f"{OURS}/local_sagemaker/tools"},
        ),
        ("pipelines/model_package.py", {"tests/test_pipelines.py"}, {"tests/pipelines"}),
        ("tests/test_readme.py", {"tests/test_readme.py"}, {"tests/test_checks.py"}),
        ("docs/checks.md", set(), {"tests/test_checks.py"}),
    ],
)
def test_what_a_change_touches_is_what_lies_beside_it_and_what_imports_it(path, wanted, unwanted):
    found = set(changed_tests.choose_tests([path]))

    assert wanted | set(changed_tests.ALWAYS) <= found
    assert not unwanted & found
