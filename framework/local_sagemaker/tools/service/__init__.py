"""What AWS, or this machine, is asked and told by boto3: a module a thing."""
