"""Draw a definition as Mermaid, which a pull request shows as a picture, or as SVG.

A source is a FILE, a MODULE with get_pipeline, or deployed:NAME (on AWS, or with --local on this machine). The label of
an arrow lists the outputs that it passes on; a dotted arrow only makes a step wait. A diamond contains a condition.
"""

from __future__ import annotations

import argparse

from local_sagemaker.definition.drawing import Picture, picture
from local_sagemaker.definition.mermaid import mermaid
from local_sagemaker.definition.rules.cycle import cycle_of
from local_sagemaker.definition.svg import svg
from local_sagemaker.tools.command_errors import UsageError
from local_sagemaker.tools.sources import add_sources, read

FORMATS = {"mermaid": mermaid, "svg": svg}
EXAMPLES = (
    "pipelines draw pipelines.abalone.pipeline",
    "pipelines draw deployed:AbalonePipeline --local --format svg > pipeline.svg",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the argument that names the definition."""
    add_sources(parser)


def run(arguments: argparse.Namespace) -> Picture:
    """Return the picture: boxes and arrows."""
    source = read(arguments.source, arguments.kwargs, arguments.local, arguments.region)
    definition = source.definition()
    if cycle := cycle_of(definition):
        raise UsageError(f"{source.name} cannot be drawn: steps wait for each other: {' -> '.join(cycle)}")
    return picture(definition)
