"""/opt/ml for one instance of one job: its folders, its configuration files, and the program that runs in it.

The container's paths lie below the job's own folder. Where the kernel lets a program have a mount namespace of its own,
/opt/ml is that folder to it; elsewhere it is told by ``SAGEMAKER_BASE_DIR``, the convention of AWS's own training and
inference toolkits, and by arguments and environment in which ``/opt/ml`` is rewritten.
"""
