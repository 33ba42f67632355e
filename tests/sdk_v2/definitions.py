"""Lists the project's pipelines, and one with features that it does not use yet, built with SageMaker SDK v2.

SageMaker has accepted v2's definitions for years, so they are the oracle for v3's. Nothing here comes from the
project's own builders except the session that records uploads.
"""

from __future__ import annotations

from v2_abalone import abalone
from v2_batch_inference import batch_inference
from v2_everything_else import everything_else

DEFINITIONS = {"abalone": abalone, "batch_inference": batch_inference, "everything_else": everything_else}
