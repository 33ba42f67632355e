"""Checks the READMEs of deploy/: tables are generated from the files (``--rewrite-golden``), and commands are valid."""

from __future__ import annotations

import re
import shlex
from itertools import pairwise

import pytest
from paths import ROOT

hcl2 = pytest.importorskip("hcl2", reason="python-hcl2 comes with the extra 'test'")

FOLDERS = ("base", "batch", "training", "events")
MARK = "\n<!-- From here on made of the files: pytest tests/deploy/test_docs.py --rewrite-golden -->\n"
PAGES = sorted((ROOT / "deploy").rglob("README.md"))


def unquote(value):
    """Remove the quotation marks that hcl2 keeps."""
    text = value if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
    return text[1:-1].replace('\\"', '"') if text.startswith('"') else text.replace("${", "").replace("}", "")


def blocks(folder, block_type):
    """Yield the blocks of a type in a folder's files."""
    for path in sorted(folder.glob("*.tf")):
        yield from hcl2.loads(path.read_text()).get(block_type, ())


def members(folder, block_type):
    """Return name -> members of each variable or output, in the files' order."""
    return {unquote(name): value for block in blocks(folder, block_type) for name, value in block.items()}


def table(header, rows):
    lines = [f"| {' | '.join(header)} |", f"|{'---|' * len(header)}"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def default(variable):
    if "default" not in variable:
        return "required"
    value = variable["default"]
    if isinstance(value, dict):
        return "`{}`" if not {name for name in value if not name.startswith("__")} else "[in the file](variables.tf)"
    text = (
        "null" if value is None else str(value).replace("'", "").replace('"', "") if isinstance(value, list) else None
    )
    return f"`{text or unquote(value) or chr(34) * 2}`"


def tables(folder):
    (settings,) = blocks(folder, "terraform")
    (provider,) = [providers["aws"] for providers in settings["required_providers"]]
    needs = [("Terraform", f"`{unquote(settings['required_version'])}`")]
    needs.append((unquote(provider["source"]), f"`{unquote(provider['version'])}`"))
    inputs = [
        (f"`{name}`", unquote(variable["description"]), f"`{unquote(variable['type'])}`", default(variable))
        for name, variable in members(folder, "variable").items()
    ]
    outputs = [(f"`{name}`", unquote(output["description"])) for name, output in members(folder, "output").items()]
    modules = [("module", name) for name in members(folder, "module")]
    resources = modules + sorted({
        (unquote(type_name), unquote(name)) for block in blocks(folder, "resource")
        for type_name, named in block.items() for name in named if not name.startswith("__")
    })  # fmt: skip
    return "\n\n".join([
        "## Requirements", table(("", "version"), needs),
        "## Inputs", table(("name", "what it is", "type", "default"), inputs),
        "## Outputs", table(("name", "what it is"), outputs),
        "## Resources", table(("type", "name"), [(f"`{type_name}`", f"`{name}`") for type_name, name in resources]),
    ]) + "\n"  # fmt: skip


@pytest.mark.parametrize("name", FOLDERS)
def test_the_tables_are_generated_from_the_files(name, request):
    folder = ROOT / "deploy" / name
    page = folder / "README.md"
    expected = page.read_text().partition(MARK)[0] + MARK + "\n" + tables(folder)

    if request.config.getoption("--rewrite-golden"):
        page.write_text(expected)
    assert page.read_text() == expected


def commands(page):
    """Yield the commands of a page, each as a list of its words."""
    for block in re.findall(r"^```\n(.*?)^```$", page.read_text(), re.DOTALL | re.MULTILINE):
        if not block.startswith(" "):
            yield from (shlex.split(line) for line in block.replace("\\\n", " ").splitlines() if line)


def test_build_takes_the_flags_that_the_page_gives_it():
    from deploy.batch.build import _parser

    (command,) = [command for command in commands(ROOT / "deploy" / "batch" / "README.md") if command[0] == "python"]

    arguments = _parser().parse_args(command[2:])
    assert (ROOT / command[1]).is_file() and (ROOT / arguments.import_config).is_file()


def test_build_of_events_takes_the_flags_that_the_page_gives_it():
    from deploy.events.build import _parser

    lines = [command for command in commands(ROOT / "deploy" / "events" / "README.md") if command[0] == "python"]

    for command in lines:
        assert (ROOT / command[1]).is_file()
    subcommands = {name for command in lines for name in _parser().parse_args(command[2:]).subcommands}
    assert subcommands >= {"rules", "remove", "upload"}


@pytest.mark.parametrize("name", FOLDERS)
def test_commands_set_only_existing_variables_of_terraform(name):
    folder = ROOT / "deploy" / name
    declared = members(folder, "variable")
    applies = [line for line in commands(folder / "README.md") if line[0] == "terraform" and "apply" in line]

    names = {value.partition("=")[0] for line in applies for flag, value in pairwise(line) if flag == "-var"}
    assert applies
    assert names <= declared.keys()
    if name != "batch":  # there build.py looks up the other values
        files = {word.partition("=")[2] for line in applies for word in line if word.startswith("-var-file")}
        written = {
            key for file in files for key in re.findall(r'^  "(\w+)":', (folder / file).read_text(), re.MULTILINE)
        }
        assert {n for n, variable in declared.items() if "default" not in variable} <= names | written


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.parent.name)
def test_links_lead_to_existing_files(page):
    for link in re.findall(r"\]\(([^)#]+)", page.read_text()):
        assert page.parent.joinpath(link).exists(), link


def test_training_builds_the_functions_code(tmp_path):
    from deploy.training import build

    first, second = tmp_path / "first.zip", tmp_path / "second.zip"

    assert [build.main(["--output", str(path)]) for path in (first, second)] == [0, 0]
    assert first.read_bytes() == second.read_bytes(), "the same code, the same bytes"
    assert b"lambda_handler" in first.read_bytes()
