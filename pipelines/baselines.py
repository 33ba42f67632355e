"""``from pipelines import baselines`` gives the parameters of an execution that has no baseline to compare with."""

from local_sagemaker.tools.service.baselines import parameters, with_new_baselines

#: The former name; CHANGELOG.md lists all former names.
anew = with_new_baselines

__all__ = ["anew", "parameters", "with_new_baselines"]
