"""Check what a use case derives from its columns for the checks."""

from __future__ import annotations

import pytest

pytest.importorskip("sagemaker.core", reason="needs the SageMaker SDK")

from pipelines.scripts.schema import Schema
from pipelines.steps.use_case import SHAP_SAMPLES, LearningProblem


@pytest.mark.parametrize(("features", "samples"), [(1, 1), (2, 2), (10, 1022), (30, 60 + SHAP_SAMPLES)])
def test_kernel_shap_samples_every_coalition_or_enough_of_them(features, samples):
    names = tuple(f"x{number}" for number in range(features))

    problem = LearningProblem(Schema("y", (*names, "y")), positive=[0.0], facets={})

    assert problem.num_samples == samples
