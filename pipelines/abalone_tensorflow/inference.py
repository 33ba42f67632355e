"""Handlers of the inference container: CSV of raw rows in, a number a line out.

It travels alone, in ``code/`` of the model, so it imports nothing of this project.
https://github.com/aws/deep-learning-containers (tensorflow/inference: pre/post-processing)
"""

from __future__ import annotations

import csv
import io
import json
from typing import Any

CSV = "text/csv"


def input_handler(data: Any, context: Any) -> str:
    """The predict request of some rows, one or many; cells stay text, as the network reads them itself."""
    if context.request_content_type != CSV:
        raise ValueError(f"content type {context.request_content_type!r} is not read; {CSV} is")
    text = data.read().decode("utf-8")
    return json.dumps({"instances": [row for row in csv.reader(io.StringIO(text)) if row]})


def output_handler(response: Any, context: Any) -> tuple[bytes, str]:
    """The predictions, a line each; an error is the model server's own words."""
    if response.status_code != 200:
        raise ValueError(response.content.decode("utf-8"))
    predictions = json.loads(response.content)["predictions"]
    return "".join(f"{row[0]}\n" for row in predictions).encode(), CSV
