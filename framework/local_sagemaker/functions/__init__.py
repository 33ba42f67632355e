"""Runs one invocation of a Lambda function: its own handler, with boto3 answered by the root."""
