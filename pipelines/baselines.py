"""``from pipelines import baselines``: the parameters of an execution when there is no baseline to compare with."""

from local_sagemaker.tools.service.baselines import parameters, with_new_baselines

#: The former name; CHANGELOG.md lists all of these.
anew = with_new_baselines

__all__ = ["anew", "parameters", "with_new_baselines"]
