"""Adapt the SDK: work around its defects, compile without AWS, and upload a pipeline when it is upserted."""
