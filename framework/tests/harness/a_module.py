"""A module that is compiled, and the golden definition of it."""

from __future__ import annotations

from importlib.util import find_spec

import pytest
from paths import GOLDEN

ABALONE = GOLDEN / "abalone.json"
MODULE = "pipelines.abalone.pipeline"
#: A module is compiled by the SDK; files and what is deployed need none.
compiles = pytest.mark.skipif(find_spec("sagemaker") is None, reason="compiling a module needs the SageMaker SDK")
