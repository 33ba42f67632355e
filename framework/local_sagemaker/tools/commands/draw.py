"""Draw a definition: Mermaid, which a pull request shows as a picture, or SVG.

A source is a FILE, a MODULE with get_pipeline, or deployed:NAME (on AWS, or with --local on this machine). Each arrow
says which outputs go along it; a dotted one only makes a step wait. What a condition asks stands in its diamond.
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
    """What to draw."""
    add_sources(parser)


def run(arguments: argparse.Namespace) -> Picture:
    """Boxes and arrows."""
    source = read(arguments.source, arguments.kwargs, arguments.local, arguments.region)
    definition = source.definition()
    if around := cycle_of(definition):
        raise UsageError(f"{source.name} cannot be drawn: steps wait for each other: {' -> '.join(around)}")
    return picture(definition)
