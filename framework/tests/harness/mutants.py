"""Create mutants of real definitions, with one defect each, and name the lint rule that must find it.

    pytest framework/tests/local_sagemaker/definition/test_mutants.py --rewrite-golden

writes framework/tests/definitions/mutants.json again: a list of the definition's name, the rule, and changes (path and
value, or no value if something is removed). Places are sampled, so that any request of any step may be changed. Defects
that sampling cannot create are written by hand, in defects.json next to it.
"""

from __future__ import annotations

import json
import random
import re

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.expressions import path_parts
from local_sagemaker.definition.fits import misfit
from local_sagemaker.service_model import sagemaker

from paths import DEFINITIONS, GOLDEN

NAMES = ("abalone", "batch_inference", "by-hand")
#: Members that other members refer to, or whose absence another rule reports.
REFERRED = (
    "Name",
    "Type",
    "OutputName",
    "PropertyFileName",
    "FilePath",
    "ModelName",
    "Version",
    "Steps",
    "FunctionArn",
)
PER_RULE = 5


def definition(name):
    paths = (folder / f"{name}.json" for folder in (DEFINITIONS, GOLDEN))
    return json.loads(next(path for path in paths if path.is_file()).read_text())


def mutate(original, changes):
    """Return the definition with each change applied; an index one past the end of a list appends."""
    mutant = json.loads(json.dumps(original))
    for change in changes:
        *before, (last_type, last) = path_parts(change["path"])
        target = mutant
        for part_type, part in before:
            target = target[int(part)] if part_type == "index" else target[part]
        key = int(last) if last_type == "index" else last
        if "value" not in change:
            del target[key]
        elif isinstance(target, list) and key == len(target):
            target.append(change["value"])
        else:
            target[key] = change["value"]
    return mutant


def change(path, value):
    return {"path": path, "value": value}


def all_mutants():
    """Yield the sampled mutants, which are the same at each call."""
    chance = random.Random(8)
    for rule, candidates in SAMPLED.items():
        mutants = [
            (name, changes) for name in NAMES for changes in candidates(Definition(definition(name), sagemaker()))
        ]
        for name, changes in chance.sample(mutants, min(PER_RULE, len(mutants))):
            yield {"definition": name, "rule": rule, "changes": changes}


def literals(document, *types):
    """Yield the slots of literal values of these types within requests."""
    for slot in document.slots:
        if isinstance(slot.value, types) and not isinstance(slot.value, bool) and ".Arguments." in slot.path:
            yield slot


def unknown_members(document):
    for path, value, shape, is_open in document.slots:
        if shape.type_name == "structure" and value and not is_open and ".Arguments" in path:
            name = random_for(path).choice(sorted(shape.members))
            yield [change(f"{path}.{name[:-2]}{name[-1]}{name[-2]}x", "x")]


def random_for(path):
    return random.Random(path)


def missing_members(document):
    for path, value, shape, _ in document.slots:
        if shape.type_name == "structure" and isinstance(value, dict) and not re.search(REPORTED_TWICE, path):
            for name in sorted({*shape.required_members} & value.keys() - UNTOUCHED):
                if "Get" not in str(value[name]):
                    yield [{"path": f"{path}.{name}"}]


UNTOUCHED = {*REFERRED, "Conditions", "S3Output", "ChannelName"}
#: If a member of these is missing, another rule reports it, too.
REPORTED_TWICE = "Conditions|TransformInput$|TransformOutput$"


def wrong_types(document):
    for slot in literals(document, int, str):
        if slot.shape.type_name in ("string", "integer") and not slot.path.endswith(REFERRED):
            yield [change(slot.path, 5 if isinstance(slot.value, str) else "five")]


def unknown_values(document):
    for slot in document.slots:
        is_closed = slot.shape.metadata.get("enum") and "InstanceType" not in slot.shape.name
        if is_closed and isinstance(slot.value, str) and not re.search(r"\.Type$|^Version$", slot.path):
            yield [change(slot.path, slot.value.swapcase())]


def unknown_instances(document):
    for slot in document.slots:
        if "InstanceType" in slot.shape.name and isinstance(slot.value, str):
            yield [change(slot.path, slot.value.replace(".", "-"))]


def out_of_range(document):
    for slot in literals(document, int):
        if slot.shape.metadata.get("min") is not None:
            yield [change(slot.path, slot.shape.metadata["min"] - 1)]


def wrong_lengths(document):
    for slot in literals(document, str):
        if 0 < slot.shape.metadata.get("max", 0) < 3000 and not slot.path.endswith(REFERRED):
            yield [change(slot.path, slot.value + "x" * slot.shape.metadata["max"])]


def wrong_patterns(document):
    for slot in literals(document, str):
        value = "? ?" + "?" * slot.shape.metadata.get("min", 0)
        wrong = misfit(slot.shape, value)
        if wrong and wrong.constraint == "pattern" and not slot.path.endswith(REFERRED):
            yield [change(slot.path, value)]


def numbers_for_strings(document):
    numeric = [n for n, p in document.parameters.items() if p["Type"] in ("Integer", "Float", "Boolean")]
    for slot in literals(document, str):
        if slot.shape.type_name == "string" and numeric and not slot.path.endswith((*REFERRED, "ErrorMessage")):
            yield [change(slot.path, {"Get": f"Parameters.{random_for(slot.path).choice(numeric)}"})]


def misspell(document, pattern, replacement):
    for path, value, _ in document.expressions:
        if isinstance(reference := value.get("Get"), str) and re.search(pattern, reference):
            yield [change(f"{path}.Get", re.sub(pattern, replacement, reference))]


SAMPLED = {
    "unknown-member": unknown_members,
    "missing-member": missing_members,
    "wrong-type": wrong_types,
    "unknown-value": unknown_values,
    "unknown-instance-type": unknown_instances,
    "out-of-range": out_of_range,
    "wrong-length": wrong_lengths,
    "wrong-pattern": wrong_patterns,
    "expression-type": numbers_for_strings,
    "unknown-variable": lambda d: misspell(d, r"^Execution\.PipelineExecutionId$", "Execution.PipelineExecutionID"),
    "unknown-step": lambda d: misspell(d, r"^Steps\.([A-Z][a-z]+)", r"Steps.Do\1"),
    "unknown-property": lambda d: misspell(d, r"^(Steps\..*)(S3Uri|Artifacts|Constraints)$", r"\1Other\2"),
    "unknown-output": lambda d: misspell(d, r"(Outputs|OutputParameters)\['(\w+)'\]", r"\1['other-\2']"),
    "unknown-property-file": lambda d: misspell(d, r"\.PropertyFiles\.", ".PropertyFiles.Other"),
    "malformed-expression": lambda d: misspell(d, r"^Steps\.", "Steps.."),
}
