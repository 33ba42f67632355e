"""An execution is one detached process, ``python -m local_sagemaker.execution ROOT ARN``, that runs its steps.

The process reads records and writes records. Clients do the same: they see how it stands, and leave wishes (stop). So
closing a notebook ends nothing. Each turn of the loop asks the running steps how they are, starts what is ready, and
sleeps a little; which steps are ready is a pure function of the graph and the statuses.
"""
