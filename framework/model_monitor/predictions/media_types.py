"""Defines the media types of datasets, requests and answers. Standard library only."""

CSV, JSON_LINES, JSON = "text/csv", "application/jsonlines", "application/json"
PARQUET = "application/x-parquet"
