"""Provides /opt/ml for one instance of a job: its folders, its configuration files, and the program that runs in it.

The container's paths are mapped below the job's own folder. If the kernel allows a program its own mount namespace, the
program sees that folder as /opt/ml; if not, it gets ``SAGEMAKER_BASE_DIR``, the convention of AWS's own training and
inference toolkits, and arguments and environment in which ``/opt/ml`` is rewritten.
"""
