"""Handlers of the inference container, which read raw rows as CSV and return one number per line.

The script is shipped alone, in ``code/`` of the model, so it imports nothing of this project.
https://github.com/aws/deep-learning-containers (tensorflow/inference: pre/post-processing)
"""

from __future__ import annotations

import csv
import io
import json
from typing import Any

CSV = "text/csv"


def input_handler(data: Any, context: Any) -> str:
    """Return the predict request for one or more rows; cells stay strings, as the network parses them itself."""
    if context.request_content_type != CSV:
        raise ValueError(f"content type {context.request_content_type!r} is not supported; send {CSV}")
    text = data.read().decode("utf-8")
    return json.dumps({"instances": [row for row in csv.reader(io.StringIO(text)) if row]})


def output_handler(response: Any, context: Any) -> tuple[bytes, str]:
    """Return the predictions, one per line; raise an error of the model server with its own message."""
    if response.status_code != 200:
        raise ValueError(response.content.decode("utf-8"))
    predictions = json.loads(response.content)["predictions"]
    return "".join(f"{row[0]}\n" for row in predictions).encode(), CSV
