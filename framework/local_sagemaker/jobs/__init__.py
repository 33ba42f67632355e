"""A job: request in, Describe response out, one detached process (``python -m local_sagemaker.jobs ROOT KIND NAME``).

The job's folder keeps what happened: request.json, a log for each instance, versions.json, response.json. The
instances' /opt/ml is removed when the job ends well and kept when it does not.
"""
