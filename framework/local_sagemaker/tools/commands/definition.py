"""Print a pipeline's definition as JSON, or write it to a file, or to a folder with all the code that it names.

It needs no AWS and no network. A definition that would fail is not printed: lint reports why on stderr.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from local_sagemaker.definition.definition import read
from local_sagemaker.tools.command_errors import UsageError
from local_sagemaker.tools.lint import linting
from local_sagemaker.tools.modules import convert_struct
from local_sagemaker.tools.sources import available_modules, compile_module
from local_sagemaker.tools.terminal import command_line

EXAMPLES = (
    "pipelines definition pipelines.abalone.pipeline > definition.json",
    'pipelines definition -n pipelines.abalone.pipeline -f definition.json --kwargs \'{"region": "eu-west-1"}\'',
    "pipelines definition pipelines.abalone.pipeline --bundle bundle     run bundle runs it where there is no SDK",
)
#: The definition is printed byte for byte as it was compiled.
FORMATS = {"json": str}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments: the module, and where to write its definition."""
    module: Any = parser.add_argument("source", nargs="?", metavar="MODULE", help="module with get_pipeline")
    module.completer = available_modules
    command_line.add_source(parser)
    parser.add_argument("-f", "--file-name", metavar="FILE", help="write the definition to FILE instead of to stdout")
    parser.add_argument(
        "--bundle", metavar="FOLDER", help="write the definition, and the code that it names, to FOLDER"
    )
    parser.add_argument("--no-lint", dest="lint", action="store_false", help="print the definition without checking it")


def run(arguments: argparse.Namespace) -> str | None:
    """Compile the module, and return its definition; None if it was written to a file or a folder."""
    module = arguments.source or arguments.module_name
    if not module or (arguments.source and arguments.module_name):
        raise UsageError("give one MODULE with get_pipeline, e.g. pipelines.abalone.pipeline")
    account = {"region": arguments.region} if arguments.region else {}
    compiled = compile_module(module, convert_struct(arguments.kwargs), account)
    if arguments.lint:
        linting.warn(linting.lint_or_raise(read(compiled.definition), read_code=compiled.read_code))
    if arguments.bundle:
        # Imported here: only a bundle needs it.
        from local_sagemaker.tools.runs import bundles

        bundles.write(compiled, Path(arguments.bundle))
    if arguments.file_name:
        command_line.write_text(arguments.file_name, compiled.definition + "\n")
    return None if arguments.bundle or arguments.file_name else compiled.definition
