"""Names a pipeline module that tests compile, and its golden definition."""

from __future__ import annotations

from importlib.util import find_spec

import pytest
from paths import GOLDEN

ABALONE = GOLDEN / "abalone.json"
MODULE = "pipelines.abalone.pipeline"
#: Skips tests that compile a module without the SDK; files and deployed pipelines do not need it.
compiles = pytest.mark.skipif(find_spec("sagemaker") is None, reason="compiling a module needs the SageMaker SDK")
