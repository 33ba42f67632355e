"""What datasets, requests and answers are called. Standard library only."""

CSV, JSON_LINES, JSON = "text/csv", "application/jsonlines", "application/json"
PARQUET = "application/x-parquet"
