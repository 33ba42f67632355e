"""The READMEs of deploy/: their tables are made of the files (``--rewrite-golden``), and their commands are ones."""

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


def unquoted(value):
    """hcl2 keeps the quotation marks."""
    text = value if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
    return text[1:-1].replace('\\"', '"') if text.startswith('"') else text.replace("${", "").replace("}", "")


def blocks(folder, kind):
    """The blocks of a kind in a folder's files."""
    for path in sorted(folder.glob("*.tf")):
        yield from hcl2.loads(path.read_text()).get(kind, ())


def members(folder, kind):
    """Name -> members of each variable or output, in the files' order."""
    return {unquoted(name): value for block in blocks(folder, kind) for name, value in block.items()}


def table(header, rows):
    lines = [f"| {' | '.join(header)} |", f"|{'---|' * len(header)}"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def default(variable):
    if "default" not in variable:
        return "required"
    value = variable["default"]
    if isinstance(value, dict):
        return "`{}`" if not {name for name in value if not name.startswith("__")} else "[in the file](variables.tf)"
    told = (
        "null" if value is None else str(value).replace("'", "").replace('"', "") if isinstance(value, list) else None
    )
    return f"`{told or unquoted(value) or chr(34) * 2}`"


def tables(folder):
    (settings,) = blocks(folder, "terraform")
    (provider,) = [one["aws"] for one in settings["required_providers"]]
    needs = [("Terraform", f"`{unquoted(settings['required_version'])}`")]
    needs.append((unquoted(provider["source"]), f"`{unquoted(provider['version'])}`"))
    inputs = [
        (f"`{name}`", unquoted(one["description"]), f"`{unquoted(one['type'])}`", default(one))
        for name, one in members(folder, "variable").items()
    ]
    outputs = [(f"`{name}`", unquoted(one["description"])) for name, one in members(folder, "output").items()]
    modules = [("module", name) for name in members(folder, "module")]
    made = modules + sorted({
        (unquoted(kind), unquoted(name)) for block in blocks(folder, "resource") for kind, found in block.items()
        for name in found if not name.startswith("__")
    })  # fmt: skip
    return "\n\n".join([
        "## Requirements", table(("", "version"), needs),
        "## Inputs", table(("name", "what it is", "type", "default"), inputs),
        "## Outputs", table(("name", "what it is"), outputs),
        "## Resources", table(("type", "name"), [(f"`{kind}`", f"`{name}`") for kind, name in made]),
    ]) + "\n"  # fmt: skip


@pytest.mark.parametrize("name", FOLDERS)
def test_the_tables_are_those_of_the_files(name, request):
    folder = ROOT / "deploy" / name
    page = folder / "README.md"
    found = page.read_text().partition(MARK)[0] + MARK + "\n" + tables(folder)

    if request.config.getoption("--rewrite-golden"):
        page.write_text(found)
    assert page.read_text() == found


def commands(page):
    """The commands of a page, each as its words."""
    for block in re.findall(r"^```\n(.*?)^```$", page.read_text(), re.DOTALL | re.MULTILINE):
        if not block.startswith(" "):
            yield from (shlex.split(line) for line in block.replace("\\\n", " ").splitlines() if line)


def test_build_takes_the_flags_that_the_page_gives_it():
    from deploy.batch.build import _parser

    (words,) = [words for words in commands(ROOT / "deploy" / "batch" / "README.md") if words[0] == "python"]

    given = _parser().parse_args(words[2:])
    assert (ROOT / words[1]).is_file() and (ROOT / given.import_config).is_file()


def test_so_does_that_of_events():
    from deploy.events.build import _parser

    lines = [words for words in commands(ROOT / "deploy" / "events" / "README.md") if words[0] == "python"]

    for words in lines:
        assert (ROOT / words[1]).is_file()
        _parser().parse_args(words[2:])
    assert {verb for words in lines for verb in _parser().parse_args(words[2:]).verbs} >= {"rules", "remove", "upload"}


@pytest.mark.parametrize("name", FOLDERS)
def test_terraform_is_given_variables_that_there_are(name):
    folder = ROOT / "deploy" / name
    declared = members(folder, "variable")
    applied = [words for words in commands(folder / "README.md") if words[0] == "terraform" and "apply" in words]

    given = {value.partition("=")[0] for words in applied for flag, value in pairwise(words) if flag == "-var"}
    assert applied
    assert given <= declared.keys()
    if name != "batch":  # where build.py finds the others out
        files = {word.partition("=")[2] for words in applied for word in words if word.startswith("-var-file")}
        written = {
            key for file in files for key in re.findall(r'^  "(\w+)":', (folder / file).read_text(), re.MULTILINE)
        }
        assert {n for n, one in declared.items() if "default" not in one} <= given | written


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.parent.name)
def test_links_lead_somewhere(page):
    for link in re.findall(r"\]\(([^)#]+)", page.read_text()):
        assert page.parent.joinpath(link).exists(), link


def test_training_builds_the_functions_code(tmp_path):
    from deploy.training import build

    first, second = tmp_path / "first.zip", tmp_path / "second.zip"

    assert [build.main(["--output", str(path)]) for path in (first, second)] == [0, 0]
    assert first.read_bytes() == second.read_bytes(), "the same code, the same bytes"
    assert b"lambda_handler" in first.read_bytes()
