"""What Python does of deploy/events: the pipelines, the functions' code, data; and on this machine the rules, too.
The configuration is read and checked first; whatever has to do with the pipelines compiles and checks them, too, before
anything is done.

    check      nothing else
    functions  write the code of the functions for Terraform
    pipelines  create or update the three pipelines (recreate_pipelines: delete them first, with their history)
    bucket     let the bucket tell EventBridge of new files; what else it tells, it goes on telling
    upload     send data to where the rules look for them: files of the configuration, or those that are named
    rules      on this machine, with --local: functions and rules, as Terraform makes them in an account
    remove     list what Python has made, and delete it, where you agree
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
  python deploy/events/build.py rules --local      here: bucket, role and region are this machine's
"""


@dataclass(frozen=True)
class Work:
    """What a verb is given."""

    given: argparse.Namespace
    settings: Settings
    target: Target

    @cached_property
    def pipelines(self) -> dict[str, Any]:
        """The three, compiled and checked, which takes some seconds: for the verbs that have to do with them.

        Raises:
            UsageError, DefinitionError: the configuration, or a pipeline, is not as it should be.
        """
        found = project.compile_pipelines(self.settings, self.target.session)
        definitions = {name: read_definition(one.definition()) for name, one in found.items()}
        for definition in definitions.values():
            linting.warn(linting.refuse_errors(definition))
        project.check(self.settings, definitions)
        return found


def main(argv: Sequence[str] | None = None) -> int:
    """The command; its exit code."""
    return command_line.run_command(_main, argv)


def _main(argv: Sequence[str] | None) -> int:
    given = _parser().parse_args(argv)
    work = _opened(given)
    done: dict[str, Any] = {}
    for verb in given.verbs:
        done |= VERBS[verb](work)
    output.emit(done, _text, None)
    return 0


def _opened(given: argparse.Namespace) -> Work:
    if given.local in VERBS:
        raise UsageError(f"--local {given.local} would be a folder of that name: write verbs before --local")
    target = open_target(given.local) if given.local else None
    settings = read(str(given.config), _of_this_machine(target) if target else {})
    rules.check(settings)
    return Work(given, settings, target or open_target(None, settings.region))


def _of_this_machine(target: Target) -> dict[str, Any]:
    found = target.defaults({}, None)
    return {"region": found["region"], "bucket_name": found["default_bucket"], "role_arn": found["role"]}


def _check(work: Work) -> dict[str, Any]:
    return {"config": str(work.given.config), "pipelines": [one.name for one in work.pipelines.values()]}


def _functions(work: Work) -> dict[str, Any]:
    _check(work)  # what Terraform plans with them shall not be of a configuration that is wrong
    return {"functions": [str(path) for path in rules.write_archives()]}


def _pipelines(work: Work) -> dict[str, Any]:
    client = work.target.client
    there = [one.name for one in work.pipelines.values() if existing_pipeline(client, one.name)]
    if work.settings.recreate_pipelines:
        for name in there:
            removal.refuse_running(work.target, name)
        for name in there:
            client.delete_pipeline(PipelineName=name)
            removal.wait_until_gone(client, name)
    for one in work.pipelines.values():
        one.upsert(tags=list(one.own_tags))
    was = "recreated" if work.settings.recreate_pipelines else "updated"
    return {"pipelines": {one.name: was if one.name in there else "created" for one in work.pipelines.values()}}


def _bucket(work: Work) -> dict[str, Any]:
    if work.target.root:
        return {"bucket": "tells of its files by itself, on this machine"}
    return {"bucket": notify_eventbridge(work.target.session.client("s3"), work.settings.bucket_name)}


def _upload(work: Work) -> dict[str, Any]:
    given = {kind: getattr(work.given, kind) for kind in uploads.FOLDERS if getattr(work.given, kind)}
    return {
        "uploaded": uploads.send(work.settings, work.target.session, given or uploads.files_to_upload(work.settings))
    }


def _rules(work: Work) -> dict[str, Any]:
    if not work.target.root:
        raise UsageError("rules are made by Terraform in an account; here: rules --local [ROOT]")
    _check(work)
    return rules.put(work.settings, work.target.session)


def _remove(work: Work) -> dict[str, Any]:
    found = removal.find(work.target, work.settings, work.pipelines)
    listed = found._asdict()
    is_certain = any(found) and (work.given.yes or _asked(found))
    if is_certain:
        removal.delete(work.target, found)
    if is_certain and work.target.root:
        rules.remove(work.settings, work.target.session)
    return listed | {"deleted": is_certain}


def _asked(found: removal.RemovalPlan) -> bool:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return False
    print(*found.pipelines, *found.objects, sep="\n", file=sys.stderr)
    print("delete these, the pipelines with their history? [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _text(result: Mapping[str, Any]) -> str:
    lines = []
    for name, found in result.items():
        listed = [f"{key}: {value}" for key, value in found.items()] if isinstance(found, dict) else found
        told = listed if isinstance(listed, list) else [listed]
        lines.append(f"{name}: {', '.join(map(str, told)) or 'none'}")
    return "\n".join(lines)


VERBS: dict[str, Callable[[Work], dict[str, Any]]] = {
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
        "verbs",
        nargs="+",
        choices=VERBS,
        metavar="VERB",
        help=f"in the order in which they are named: {', '.join(VERBS)}",
    )
    add("--config", type=Path, default=CONFIG, metavar="FILE", help="the configuration (default: %(default)s)")
    add("--local", nargs="?", const=True, metavar="ROOT", help="on this machine, in this folder")
    for kind, folder in uploads.FOLDERS.items():
        add(f"--{kind}", metavar="FILE", help=f"upload: this file to {folder}, whatever the configuration says")
    add("--yes", action="store_true", help="remove: do not ask")
    return parser


if __name__ == "__main__":
    sys.exit(main())
