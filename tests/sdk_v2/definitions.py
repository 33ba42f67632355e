"""The project's pipelines, and one with everything else that it has no use for yet, built with SageMaker SDK v2.

What v2 writes for a pipeline is what SageMaker has taken for years: the oracle for what v3 writes. Nothing here comes
from the project's own builders, but for the session on which uploads are recorded.
"""

from __future__ import annotations

from v2_abalone import abalone
from v2_batch_inference import batch_inference
from v2_everything_else import everything_else

DEFINITIONS = {"abalone": abalone, "batch_inference": batch_inference, "everything_else": everything_else}
