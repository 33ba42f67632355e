"""Operates pipelines on AWS and on this machine with boto3 alone, so that the SageMaker SDK is not needed."""
