"""The process of one invocation of a Lambda function: the function's own handler, and boto3 answered by the root."""
