"""Whether whatever a step refers to is in the definition."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from local_sagemaker.definition.errors import DefinitionError, did_you_mean
from local_sagemaker.definition.expressions import PATH, references
from local_sagemaker.definition.language import EXECUTION_VARIABLES
from local_sagemaker.definition.step import Step


def check_references(parameters: Collection[str], steps: Mapping[str, Step]) -> None:
    """Raise DefinitionError at the first step, parameter, variable or property file that is named and not there."""
    known = {"Parameters": parameters, "Execution": EXECUTION_VARIABLES, "Steps": steps}
    for step in steps.values():
        for name in sorted(step.depends_on - steps.keys()):
            hint = did_you_mean(name, steps)
            raise DefinitionError(f"step {step.name!r} refers to step {name!r}, which is not in the definition{hint}")
        for name in sorted(step.depends_on):
            if steps[name].type == "Fail":
                raise DefinitionError(f"step {step.name!r} depends on {name!r}, a Fail step: nothing comes after it")
        _check_property_files(step)
        for path in references([step.arguments, step.settings]):
            _check_path(step, path, known, steps)


def _check_path(step: Step, path: str, known: Mapping[str, Collection[str]], steps: Mapping[str, Step]) -> None:
    parts = [name or key or index for name, key, index in PATH.findall(path)]
    scope, name = parts[0], parts[1] if len(parts) > 1 else ""
    if scope not in known:
        raise DefinitionError(f"step {step.name!r}: {path!r} must begin with {', '.join(sorted(known))}")
    if name not in known[scope] or (scope != "Steps" and len(parts) > 2):
        hint = did_you_mean(name, known[scope])
        raise DefinitionError(f"step {step.name!r} refers to {path!r}, which is not in the definition{hint}")
    match parts:
        case ["Steps", other, "PropertyFiles", file] if file not in steps[other].property_files:
            hint = did_you_mean(file, steps[other].property_files)
            raise DefinitionError(f"step {step.name!r}: step {other!r} has no property file {file!r}{hint}")
        case ["Steps", other, "OutputParameters"]:
            raise DefinitionError(f"step {step.name!r}: {path!r} names no single output, as in {path}['name']")
        case ["Steps", other, "OutputParameters", output] if output not in steps[other].outputs:
            hint = did_you_mean(output, steps[other].outputs)
            raise DefinitionError(f"step {step.name!r}: step {other!r} has no output {output!r}{hint}")


def _check_property_files(step: Step) -> None:
    outputs = step.arguments.get("ProcessingOutputConfig")
    entries = outputs.get("Outputs") if isinstance(outputs, dict) else None
    names = [o.get("OutputName") for o in entries or () if isinstance(o, dict)] if isinstance(entries, list) else []
    for file in step.property_files.values():
        if file["OutputName"] not in names:
            hint = did_you_mean(file["OutputName"], filter(None, names))
            raise DefinitionError(
                f"step {step.name!r}: property file {file['PropertyFileName']!r} is in output {file['OutputName']!r}, "
                f"which the step does not have{hint}"
            )
