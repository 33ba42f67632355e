"""``from pipelines import baselines``: what an execution is started with as long as there is no baseline."""

from local_sagemaker.tools.service.baselines import anew, parameters

__all__ = ["anew", "parameters"]
