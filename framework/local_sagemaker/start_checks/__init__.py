"""Checks before an execution starts: it reports all that follows from the definition, the root and local.toml at once.

An input whose URI depends on a step is known only after that step has run; its job checks it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterator, Mapping

from local_sagemaker.account import Account
from local_sagemaker.definition.definition import Definition, read
from local_sagemaker.definition.definition_errors import DefinitionError
from local_sagemaker.definition.graph import graph_of
from local_sagemaker.definition.parameters import declared_parameters, resolve
from local_sagemaker.service_model import sagemaker
from local_sagemaker.start_checks import code, configuration, data, members
from local_sagemaker.start_checks.start import Start

#: Each yields what is wrong with a start.
CHECKS: tuple[Callable[[Start], Iterator[str]], ...] = (
    members.refused_members,
    configuration.invalid_settings,
    configuration.missing_images,
    configuration.missing_functions,
    configuration.contradicting_settings,
    data.missing_inputs,
    data.missing_models,
    data.foreign_groups,
    data.invalid_analyses,
)
_INDENT = "\n  "


def check_start(
    account: Account,
    definition: Definition | str,
    overrides: Mapping[str, str],
    uploads: Collection[tuple[str, str]] = (),
) -> Start:
    """Return a start of this definition, with every parameter's value, after all checks have passed.

    Args:
        account: the account that it starts in.
        definition: the definition, or its text.
        overrides: parameter -> value as a string.
        uploads: bucket and key of each object that will be uploaded before the start.

    Raises:
        DefinitionError: checks failed; its message lists what is wrong.
    """
    definition = read(definition)
    values = resolve(declared_parameters(definition), overrides)
    start = Start(account, definition, graph_of(definition.bind(sagemaker(), values)), values, frozenset(uploads))
    problems = list(dict.fromkeys(problem for check in CHECKS for problem in check(start)))
    if problems:
        heading = f"the execution cannot start, for {len(problems)} reasons:{_INDENT}" if len(problems) > 1 else ""
        raise DefinitionError(heading + _INDENT.join(problems))
    return start


def print_notes(start: Start) -> None:
    """Print, on stderr, what of this definition has no effect here, and what of its code would fail on AWS."""
    for note in members.ineffective_members(start):
        print(f"note: {note}", file=sys.stderr)
    for warning in code.missing_packages(start):
        print(f"warning: {warning}", file=sys.stderr)
