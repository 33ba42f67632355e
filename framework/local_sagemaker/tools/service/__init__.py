"""Each module calls AWS, or the service on this machine, with boto3, for one topic."""
