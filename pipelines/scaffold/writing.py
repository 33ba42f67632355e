"""Write a use case: its folder, its test and its golden definition, from templates; all of it, or nothing."""

from __future__ import annotations

import json
import keyword
import re
import shlex
import shutil
from collections.abc import Iterator, Mapping
from importlib import invalidate_caches
from pathlib import Path
from string import Template
from typing import Any

from local_sagemaker.tools.command_errors import UsageError
from local_sagemaker.tools.modules import get_pipeline_driver
from pipelines.scaffold.profile import Profile
from pipelines.scripts.schema import BINARY, MULTICLASS, REGRESSION, Schema
from pipelines.scripts.spelling import Spelling

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = Path(__file__).with_name("templates")
#: Template -> where it goes to, of a use case.
FILES = {
    "__init__": "pipelines/{}/__init__.py",
    "columns": "pipelines/{}/columns.py",
    "preprocess": "pipelines/{}/preprocess.py",
    "pipeline": "pipelines/{}/pipeline.py",
    "readme": "pipelines/{}/README.md",
    "test": "tests/pipelines/{}/test_pipeline.py",
}
#: Compiled for one region, whatever the environment names.
GOLDEN, REGION = "tests/definitions/{}.json", "us-east-1"
SETUP = "setup.cfg"  # only a clone has it
MAX_NAME = 30  # characters; steps are called by it, and have 64
#: The validation set decides how many rounds are enough. Few rows support shallow trees only;
#: ``python framework/benchmarks/own_data.py`` compares both settings with another library's defaults.
SHARED = {"num_round": 600, "early_stopping_rounds": 30, "eta": 0.05, "subsample": 0.8}
FEW_ROWS = 5000
FEW, MANY = {"max_depth": 3}, {"max_depth": 6, "min_child_weight": 5, "colsample_bytree": 0.8}
#: The lowest skill worth registering. Log loss improves little on the share of a rare class, however good the ranking.
MIN_SKILL = {REGRESSION: 0.1, MULTICLASS: 0.05, BINARY: 0.05}
MIN_SKILL_RARE = 0.01
_IMPORTS = re.compile(r"(?:^from pipelines\..*\n)+", re.MULTILINE)
_HASH = re.compile(r"""(?:(?<=/code/)|(?<=/config/))[0-9a-f]{64}(?=/)|(?<="CodeHash": ")[0-9a-f]{64}""")


def golden(definition: str) -> str:
    """A definition as golden files have it: indented, without the hashes of code and configuration, which every edit
    changes.
    """
    return _HASH.sub("<hash>", json.dumps(json.loads(definition), indent=2)) + "\n"


def check_name(name: str) -> None:
    """Raise UsageError where a use case cannot be called so, or would overwrite something, or there is no project."""
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name) or keyword.iskeyword(name) or len(name) > MAX_NAME:
        raise UsageError(
            f"{name!r} cannot be the name of a package: take words of a-z and 0-9 with a single _ between, "
            f"{MAX_NAME} characters at most"
        )
    if not ROOT.joinpath(SETUP).is_file():
        raise UsageError(f"{ROOT} is no clone of this project: pipelines new writes into one (pip install -e .)")
    for place in ("pipelines/{}", "pipelines/{}.py", "tests/pipelines/{}", GOLDEN):
        if ROOT.joinpath(place.format(name)).exists():
            raise UsageError(f"{place.format(name)} is there already; take another name, or remove it")


def write(name: str, profile: Profile, data: str) -> list[str]:
    """Write the files of a use case; their paths below the project's folder. Where that fails, none is left.

    Args:
        name: checked by ``check_name``.
        profile: of the file.
        data: of the file, for the README's commands.
    """
    try:
        files = _write(name, profile, data)
        invalidate_caches()  # there was no such package a moment ago
        definition = get_pipeline_driver(f"pipelines.{name}.pipeline", {"region": REGION}).definition()
        ROOT.joinpath(GOLDEN.format(name)).write_text(golden(definition), encoding="utf-8")
    except BaseException:
        _remove(name)
        raise
    return [*files, GOLDEN.format(name)]


def _write(name: str, profile: Profile, data: str) -> list[str]:
    values = _values(name, profile, data)
    texts = {
        path.format(name): Template(TEMPLATES.joinpath(f"{template}.template").read_text(encoding="utf-8"))
        for template, path in FILES.items()
    }
    for path, template in texts.items():
        ROOT.joinpath(path).parent.mkdir(parents=True, exist_ok=True)
        ROOT.joinpath(path).write_text(_in_order(template.substitute(values)), encoding="utf-8")
    return list(texts)


def _remove(name: str) -> None:
    for place in ("pipelines/{}", "tests/pipelines/{}"):
        shutil.rmtree(ROOT / place.format(name), ignore_errors=True)
    ROOT.joinpath(GOLDEN.format(name)).unlink(missing_ok=True)


def title(name: str) -> str:
    """What the steps of a use case are called by: ``breast_cancer`` is BreastCancer."""
    return "".join(word.capitalize() for word in name.split("_"))


def _in_order(text: str) -> str:
    """The text with the imports of this project sorted, whatever the use case is called."""
    return _IMPORTS.sub(lambda block: "".join(sorted(block[0].splitlines(keepends=True))), text)


def _values(name: str, profile: Profile, data: str) -> dict[str, str]:
    schema = profile.schema
    listed = "\n".join(f"{_prose(column)} {_prose(why)}." for column, why in profile.excluded.items())
    return {
        "name": name,
        "title": title(name),
        "target": _prose(schema.label),
        "data": shlex.quote(data),
        "error": "log loss" if schema.classes else "squared error",
        "naive": "the classes' shares" if schema.classes else "the better of mean and median",
        "skill": str(_min_skill(schema)),
        "left_out": f"\n\nLeft out:\n{listed}\n" if listed else "",
        "label": _text(schema.label),
        "order": _tuple(schema.order, 1),
        "imports": "from pipelines.scripts.spelling import Spelling\n" if schema.spellings else "",
        "more": "".join(f"    {line}\n" for line in _more(schema)),
        "categories": _mapping({column: _tuple(kinds, 2) for column, kinds in schema.categories.items()}),
        "classes": _tuple(schema.classes, 1),
        "positive": "[1]" if schema.classes else "[0.0]",
        "facets": f"{{{_text(_facet(schema))}: [{0.5 if schema.categories else 0.0}]}}",
        "hyperparameters": _mapping({k: json.dumps(v) for k, v in _hyperparameters(schema, profile.rows).items()}),
    }


def _more(schema: Schema) -> Iterator[str]:
    """Yield the lines of arguments that only some schemas have."""
    if schema.spellings:
        yield "# Numeric columns whose cells are not all plain numbers; missing: cells that count as missing."
        yield f"spellings={_mapping({name: _spelling(one) for name, one in schema.spellings.items()})},"
    if schema.dates:
        yield f"dates={_mapping({name: _text(form) for name, form in schema.dates.items()})},"
    if schema.frequencies:
        yield "# Columns with many categories, encoded by how frequent each is; the commonest are in categories, too."
        yield f"frequencies={_tuple(schema.frequencies, 1)},"
    if schema.probability_threshold != Schema.probability_threshold:
        yield "# One class is rare: predict the positive one if its probability exceeds its share of the rows."
        yield f"probability_threshold={schema.probability_threshold},"
    if schema.rare_classes:
        yield "# What rare classes count as; None: their rows are skipped."
        rare = {name: "None" if one is None else _text(one) for name, one in schema.rare_classes.items()}
        yield f"rare_classes={_mapping(rare)},"


def _spelling(spelling: Spelling) -> str:
    """Return the call that makes it, without default arguments."""
    values = {name: value for name, value in vars(spelling).items() if value != getattr(Spelling(), name)}
    arguments = (f"{k}={_tuple(v, 2) if isinstance(v, tuple) else repr(v)}" for k, v in values.items())
    return f"Spelling({', '.join(arguments)})"


def _facet(schema: Schema) -> str:
    """A feature to begin with: the first category there is, else whoever is above the average of the first number."""
    return next((f"{name}_{kinds[0]}" for name, kinds in schema.categories.items()), schema.features[0])


def _hyperparameters(schema: Schema, rows: int) -> dict[str, Any]:
    own: Mapping[str, dict[str, Any]] = {
        REGRESSION: {"objective": "reg:squarederror"},
        BINARY: {"objective": "binary:logistic"},
        MULTICLASS: {"objective": "multi:softmax", "num_class": len(schema.classes)},
    }
    return own[schema.problem_type] | SHARED | (FEW if rows < FEW_ROWS else MANY)


def _min_skill(schema: Schema) -> float:
    is_rare = schema.probability_threshold != Schema.probability_threshold
    return MIN_SKILL_RARE if is_rare else MIN_SKILL[schema.problem_type]


def _prose(text: str) -> str:
    """A name as it may stand in a docstring."""
    return text.replace("\\", "\\\\").replace('"', "'")


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _tuple(values: tuple[str, ...], depth: int) -> str:
    """As a formatter would write it: one a line."""
    if not values:
        return "()"
    indent = "    " * depth
    return "(\n" + "".join(f"{indent}    {_text(value)},\n" for value in values) + f"{indent})"


def _mapping(values: Mapping[str, str]) -> str:
    if not values:
        return "{}"
    return "{\n" + "".join(f"        {_text(key)}: {value},\n" for key, value in values.items()) + "    }"
