"""The SDK: what it gets wrong, a session that needs no AWS, and the pipeline that is sent when it is upserted."""
