"""/opt/ml for one instance of one job: its folders, its configuration files, and the program that runs in it.

Nothing outside of this folder knows ``/opt/ml``. The container's paths lie below the job's own folder; the program is
told so by ``SAGEMAKER_BASE_DIR``, the convention of AWS's own training and inference toolkits, and by arguments and
environment in which ``/opt/ml`` is rewritten.
"""
