"""Does Python's part of deploy/events: the pipelines, the functions' code, data; on this machine also the rules.
The configuration is read and checked first. Subcommands that involve the pipelines also compile and check these before
anything is changed.

    check      check only
    functions  write the code of the functions for Terraform
    pipelines  create or update the three pipelines (recreate_pipelines: delete them first, with their history)
    bucket     let the bucket notify EventBridge of new files; its other notifications stay
    upload     upload data to the folders that the rules watch: the configuration's files, or the given ones
    rules      on this machine, with --local: create functions and rules, as Terraform does in an account
    remove     list what Python has created, and delete it if you agree
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from deploy.buckets import notify_eventbridge
from deploy.events import project, removal, rules, uploads
from deploy.events.settings import Settings, read
from local_sagemaker.definition.definition import read as read_definition
from local_sagemaker.tools.command_errors import UsageError
from local_sagemaker.tools.lint import linting
from local_sagemaker.tools.service.upserts import existing_pipeline
from local_sagemaker.tools.targets import Target, open_target
from local_sagemaker.tools.terminal import command_line, output

CONFIG = Path(__file__).with_name("events-config.tfvars.json")
EXAMPLES = """\
example:
  python deploy/events/build.py functions pipelines
  python deploy/events/build.py rules --local      with this machine's bucket, role and region
"""


@dataclass(frozen=True)
class EventsProject:
    """Holds what a subcommand works with."""

    arguments: argparse.Namespace
    settings: Settings
    target: Target

    @cached_property
    def pipelines(self) -> dict[str, Any]:
        """The three pipelines, compiled and checked when they are first used, because that takes some seconds.

        Raises:
            UsageError, DefinitionError: the configuration or a pipeline is invalid.
        """
        compiled = project.compile_pipelines(self.settings, self.target.session)
        definitions = {name: read_definition(pipeline.definition()) for name, pipeline in compiled.items()}
        for definition in definitions.values():
            linting.warn(linting.lint_or_raise(definition))
        project.check(self.settings, definitions)
        return compiled


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    return command_line.run_command(_main, argv)


def _main(argv: Sequence[str] | None) -> int:
    arguments = _parser().parse_args(argv)
    work = _open_project(arguments)
    results: dict[str, Any] = {}
    for subcommand in arguments.subcommands:
        results |= SUBCOMMANDS[subcommand](work)
    output.emit(results, _text, None)
    return 0


def _open_project(arguments: argparse.Namespace) -> EventsProject:
    if arguments.local in SUBCOMMANDS:
        raise UsageError(f"--local {arguments.local} would be a folder of that name; write subcommands before --local")
    target = open_target(arguments.local) if arguments.local else None
    settings = read(str(arguments.config), _local_settings(target) if target else {})
    rules.check(settings)
    return EventsProject(arguments, settings, target or open_target(None, settings.region))


def _local_settings(target: Target) -> dict[str, Any]:
    defaults = target.defaults({}, None)
    return {"region": defaults["region"], "bucket_name": defaults["default_bucket"], "role_arn": defaults["role"]}


def _check(work: EventsProject) -> dict[str, Any]:
    return {"config": str(work.arguments.config), "pipelines": [pipeline.name for pipeline in work.pipelines.values()]}


def _functions(work: EventsProject) -> dict[str, Any]:
    _check(work)  # so that Terraform does not use code that was written for a wrong configuration
    return {"functions": [str(path) for path in rules.write_archives()]}


def _pipelines(work: EventsProject) -> dict[str, Any]:
    client = work.target.client
    existing = [pipeline.name for pipeline in work.pipelines.values() if existing_pipeline(client, pipeline.name)]
    if work.settings.recreate_pipelines:
        for name in existing:
            removal.refuse_running(work.target, name)
        for name in existing:
            client.delete_pipeline(PipelineName=name)
            removal.wait_until_gone(client, name)
    for pipeline in work.pipelines.values():
        pipeline.upsert(tags=list(pipeline.own_tags))
    change = "recreated" if work.settings.recreate_pipelines else "updated"
    return {
        "pipelines": {
            pipeline.name: change if pipeline.name in existing else "created" for pipeline in work.pipelines.values()
        }
    }


def _bucket(work: EventsProject) -> dict[str, Any]:
    if work.target.root:
        return {"bucket": "notifies of new files by itself, on this machine"}
    return {"bucket": notify_eventbridge(work.target.session.client("s3"), work.settings.bucket_name)}


def _upload(work: EventsProject) -> dict[str, Any]:
    flags = {name: getattr(work.arguments, name) for name in uploads.FOLDER_SETTINGS}
    files = {name: file for name, file in flags.items() if file} or uploads.files_to_upload(work.settings)
    return {"uploaded": uploads.send(work.settings, work.target.session, files)}


def _rules(work: EventsProject) -> dict[str, Any]:
    if not work.target.root:
        raise UsageError("in an account Terraform creates the rules; on this machine use: rules --local [ROOT]")
    _check(work)
    return rules.apply_rules(work.settings, work.target.session)


def _remove(work: EventsProject) -> dict[str, Any]:
    plan = removal.plan_removal(work.target, work.settings, work.pipelines)
    report = plan._asdict()
    is_certain = any(plan) and (work.arguments.yes or _confirm(plan))
    if is_certain:
        removal.delete(work.target, plan)
    if is_certain and work.target.root:
        rules.remove_rules(work.settings, work.target.session)
    return report | {"deleted": is_certain}


def _confirm(plan: removal.RemovalPlan) -> bool:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return False
    print(*plan.pipelines, *plan.objects, sep="\n", file=sys.stderr)
    print("delete these, including the pipelines' history? [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _text(result: Mapping[str, Any]) -> str:
    lines = []
    for name, value in result.items():
        pairs = [f"{key}: {member}" for key, member in value.items()] if isinstance(value, dict) else value
        items = pairs if isinstance(pairs, list) else [pairs]
        lines.append(f"{name}: {', '.join(map(str, items)) or 'none'}")
    return "\n".join(lines)


SUBCOMMANDS: dict[str, Callable[[EventsProject], dict[str, Any]]] = {
    "check": _check,
    "functions": _functions,
    "pipelines": _pipelines,
    "bucket": _bucket,
    "upload": _upload,
    "rules": _rules,
    "remove": _remove,
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "build.py", description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add(
        "subcommands",
        nargs="+",
        choices=SUBCOMMANDS,
        metavar="SUBCOMMAND",
        help=f"run in the given order: {', '.join(SUBCOMMANDS)}",
    )
    add("--config", type=Path, default=CONFIG, metavar="FILE", help="the configuration (default: %(default)s)")
    add("--local", nargs="?", const=True, metavar="ROOT", help="on this machine, in this folder")
    for name, folder in uploads.FOLDER_SETTINGS.items():
        add(f"--{name}", metavar="FILE", help=f"upload this file to {folder} instead of the configuration's files")
    add("--yes", action="store_true", help="remove without asking")
    return parser


if __name__ == "__main__":
    sys.exit(main())
