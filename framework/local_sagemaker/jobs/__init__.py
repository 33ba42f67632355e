"""Runs jobs: request in, Describe response out; each is a process, ``python -m local_sagemaker.jobs ROOT KIND NAME``.

The job's folder stores request.json, a log for each instance, versions.json and response.json. The instances' /opt/ml
is removed if the job succeeds, and stays if it fails.
"""
