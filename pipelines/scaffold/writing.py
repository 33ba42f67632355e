"""Write a use case from templates: its folder, its test and its golden definition. All of it is written, or nothing."""

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
#: Template -> the path of the file that it becomes.
TEMPLATE_TARGETS = {
    "__init__": "pipelines/{}/__init__.py",
    "columns": "pipelines/{}/columns.py",
    "preprocess": "pipelines/{}/preprocess.py",
    "pipeline": "pipelines/{}/pipeline.py",
    "readme": "pipelines/{}/README.md",
    "test": "tests/pipelines/{}/test_pipeline.py",
}
#: Golden definitions are compiled for one region, whatever the environment sets.
GOLDEN, REGION = "tests/definitions/{}.json", "us-east-1"
SETUP_FILE = "setup.cfg"  # exists only in a clone of the project
MAX_NAME_LENGTH = 30  # characters; step names contain it, and have at most 64
#: The validation set decides how many rounds are enough. Few rows support shallow trees only;
#: ``python framework/benchmarks/own_data.py`` compares both settings with another library's defaults.
SHARED_HYPERPARAMETERS = {"num_round": 600, "early_stopping_rounds": 30, "eta": 0.05, "subsample": 0.8}
FEW_ROWS = 5000
HYPERPARAMETERS_FOR_FEW_ROWS = {"max_depth": 3}
HYPERPARAMETERS_FOR_MANY_ROWS = {"max_depth": 6, "min_child_weight": 5, "colsample_bytree": 0.8}
#: The lowest skill worth registering. Log loss improves little on the share of a rare class, however good the ranking.
MIN_SKILL = {REGRESSION: 0.1, MULTICLASS: 0.05, BINARY: 0.05}
MIN_SKILL_RARE = 0.01
_IMPORTS = re.compile(r"(?:^from pipelines\..*\n)+", re.MULTILINE)
_HASH = re.compile(r"""(?:(?<=/code/)|(?<=/config/))[0-9a-f]{64}(?=/)|(?<="CodeHash": ")[0-9a-f]{64}""")


def golden_definition(definition: str) -> str:
    """Return a definition in the form of golden files: indented, without the hashes of code and configuration.

    Every edit of the code would change these hashes.
    """
    return _HASH.sub("<hash>", json.dumps(json.loads(definition), indent=2)) + "\n"


def check_name(name: str) -> None:
    """Raise UsageError if the name is invalid, if files would be overwritten, or if this is not a clone."""
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name) or keyword.iskeyword(name) or len(name) > MAX_NAME_LENGTH:
        raise UsageError(
            f"{name!r} cannot be the name of a package: use a-z and 0-9, with single _ between words, "
            f"{MAX_NAME_LENGTH} characters at most"
        )
    if not ROOT.joinpath(SETUP_FILE).is_file():
        raise UsageError(f"{ROOT} is not a clone of this project; pipelines new writes into a clone (pip install -e .)")
    for target in ("pipelines/{}", "pipelines/{}.py", "tests/pipelines/{}", GOLDEN):
        if ROOT.joinpath(target.format(name)).exists():
            raise UsageError(f"{target.format(name)} exists already; use another name, or remove it")


def write(name: str, profile: Profile, data: str) -> list[str]:
    """Write the files of a use case; return their paths below the project's folder. On an error all are removed.

    Args:
        name: checked by ``check_name``.
        profile: of the file.
        data: the file's path, for the README's commands.
    """
    try:
        files = _write(name, profile, data)
        invalidate_caches()  # the package did not exist before
        definition = get_pipeline_driver(f"pipelines.{name}.pipeline", {"region": REGION}).definition()
        ROOT.joinpath(GOLDEN.format(name)).write_text(golden_definition(definition), encoding="utf-8")
    except BaseException:
        _remove(name)
        raise
    return [*files, GOLDEN.format(name)]


def _write(name: str, profile: Profile, data: str) -> list[str]:
    values = _template_values(name, profile, data)
    templates = {
        path.format(name): Template(TEMPLATES.joinpath(f"{template}.template").read_text(encoding="utf-8"))
        for template, path in TEMPLATE_TARGETS.items()
    }
    for path, template in templates.items():
        ROOT.joinpath(path).parent.mkdir(parents=True, exist_ok=True)
        ROOT.joinpath(path).write_text(_sort_imports(template.substitute(values)), encoding="utf-8")
    return list(templates)


def _remove(name: str) -> None:
    for folder in ("pipelines/{}", "tests/pipelines/{}"):
        shutil.rmtree(ROOT / folder.format(name), ignore_errors=True)
    ROOT.joinpath(GOLDEN.format(name)).unlink(missing_ok=True)


def title(name: str) -> str:
    """Return the name of a use case in step names: BreastCancer for ``breast_cancer``."""
    return "".join(word.capitalize() for word in name.split("_"))


def _sort_imports(text: str) -> str:
    """Return the text with the imports of this project sorted: their order depends on the use case's name."""
    return _IMPORTS.sub(lambda block: "".join(sorted(block[0].splitlines(keepends=True))), text)


def _template_values(name: str, profile: Profile, data: str) -> dict[str, str]:
    schema = profile.schema
    exclusions = "\n".join(f"{_escape(column)} {_escape(reason)}." for column, reason in profile.excluded.items())
    return {
        "name": name,
        "title": title(name),
        "target": _escape(schema.label),
        "data": shlex.quote(data),
        "error": "log loss" if schema.classes else "squared error",
        "naive": "the classes' shares" if schema.classes else "the better of mean and median",
        "skill": str(_min_skill(schema)),
        "left_out": f"\n\nLeft out:\n{exclusions}\n" if exclusions else "",
        "label": _quote(schema.label),
        "order": _format_tuple(schema.order, 1),
        "imports": "from pipelines.scripts.spelling import Spelling\n" if schema.spellings else "",
        "more": "".join(f"    {line}\n" for line in _optional_arguments(schema)),
        "categories": _format_mapping(
            {column: _format_tuple(categories, 2) for column, categories in schema.categories.items()}
        ),
        "classes": _format_tuple(schema.classes, 1),
        "positive": "[1]" if schema.classes else "[0.0]",
        "facets": f"{{{_quote(_first_facet(schema))}: [{0.5 if schema.categories else 0.0}]}}",
        "hyperparameters": _format_mapping(
            {k: json.dumps(v) for k, v in _hyperparameters(schema, profile.rows).items()}
        ),
    }


def _optional_arguments(schema: Schema) -> Iterator[str]:
    """Yield the lines of arguments that only some schemas have."""
    if schema.spellings:
        yield "# Numeric columns whose cells are not all plain numbers; missing: cells that count as missing."
        spellings = {name: _spelling_call(spelling) for name, spelling in schema.spellings.items()}
        yield f"spellings={_format_mapping(spellings)},"
    if schema.dates:
        dates = {name: _quote(date_format) for name, date_format in schema.dates.items()}
        yield f"dates={_format_mapping(dates)},"
    if schema.frequencies:
        yield "# Columns with many categories, encoded by frequency; the most frequent are in categories, too."
        yield f"frequencies={_format_tuple(schema.frequencies, 1)},"
    if schema.probability_threshold != Schema.probability_threshold:
        yield "# One class is rare: predict the positive one if its probability exceeds its share of the rows."
        yield f"probability_threshold={schema.probability_threshold},"
    if schema.rare_classes:
        yield "# Rare class -> the class that it counts as; None: its rows are skipped."
        rare = {
            name: "None" if counts_as is None else _quote(counts_as) for name, counts_as in schema.rare_classes.items()
        }
        yield f"rare_classes={_format_mapping(rare)},"


def _spelling_call(spelling: Spelling) -> str:
    """Return the call that creates the spelling, without default arguments."""
    values = {name: value for name, value in vars(spelling).items() if value != getattr(Spelling(), name)}
    arguments = (f"{k}={_format_tuple(v, 2) if isinstance(v, tuple) else repr(v)}" for k, v in values.items())
    return f"Spelling({', '.join(arguments)})"


def _first_facet(schema: Schema) -> str:
    """Return a facet to begin with: the first category, otherwise the values above the mean of the first feature."""
    return next((f"{name}_{categories[0]}" for name, categories in schema.categories.items()), schema.features[0])


def _hyperparameters(schema: Schema, rows: int) -> dict[str, Any]:
    by_problem: Mapping[str, dict[str, Any]] = {
        REGRESSION: {"objective": "reg:squarederror"},
        BINARY: {"objective": "binary:logistic"},
        MULTICLASS: {"objective": "multi:softmax", "num_class": len(schema.classes)},
    }
    by_size = HYPERPARAMETERS_FOR_FEW_ROWS if rows < FEW_ROWS else HYPERPARAMETERS_FOR_MANY_ROWS
    return by_problem[schema.problem_type] | SHARED_HYPERPARAMETERS | by_size


def _min_skill(schema: Schema) -> float:
    is_rare = schema.probability_threshold != Schema.probability_threshold
    return MIN_SKILL_RARE if is_rare else MIN_SKILL[schema.problem_type]


def _escape(text: str) -> str:
    """Escape a name so that it can be part of a docstring."""
    return text.replace("\\", "\\\\").replace('"', "'")


def _quote(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _format_tuple(values: tuple[str, ...], depth: int) -> str:
    """Return a tuple as the formatter would write it: one value a line."""
    if not values:
        return "()"
    indent = "    " * depth
    return "(\n" + "".join(f"{indent}    {_quote(value)},\n" for value in values) + f"{indent})"


def _format_mapping(values: Mapping[str, str]) -> str:
    if not values:
        return "{}"
    return "{\n" + "".join(f"        {_quote(key)}: {value},\n" for key, value in values.items()) + "    }"
