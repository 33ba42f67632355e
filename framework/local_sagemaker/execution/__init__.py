"""Runs an execution as one detached process, ``python -m local_sagemaker.execution ROOT ARN``, that runs its steps.

The process reads and writes records. So do clients: they read the execution's status, and write stop requests. So
closing a notebook ends nothing. Each turn of the loop polls the running steps, starts those that are ready, and sleeps
a little; a pure function of the graph and the statuses decides which steps are ready.
"""
