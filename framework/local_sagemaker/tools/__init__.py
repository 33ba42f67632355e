"""What people operate pipelines with, on AWS and on this machine, by boto3 alone; it needs no SDK."""
