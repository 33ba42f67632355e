"""Names, docstrings, comments, messages and pages use the field's standard terms: CONTRIBUTING.md, Words."""

from __future__ import annotations

import ast
import io
import json
import re
import subprocess
import tokenize

import pytest
from paths import ROOT

#: Pattern -> what to write instead. Readers had to read each of these twice, or took it for something else.
TEXTS = {
    r"(?<!ground )(?<!ground-)(?<!_)\btruths?\b": "ground truth",
    r"\bmend(s|ed|ing)?\b": "fix, correct",
    r"\b(tells?|told)\b": "report, print, log, return, notify",
    r"\bwish(es)?\b": "stop request",
    r"\brefusals?\b": "AWS error, rejection",
    r"\bleftovers?\b": "orphaned artifacts, cleanup",
    r"\bverbs?\b": "subcommand",
    r"\bstands? in\b(?! for)|\blies? in\b": "is defined, stored or listed in",
    r"(?<!there )(?<!where )\b(is|are) no (?!longer\b|more\b|better\b|less\b)[a-z]+": "is not a, has no",
    r"\b(to pass|passed) over\b": "skip, ignore, leave out",
    r"\bhardly meant\b": "likely mistake",
    r"\b(is|be|as) a text\b": "a string",
    r"\bwalls?\b": "layer, import rule",
    r"\banew\b": "again",
    r"\bsuch as are\b|\bwhoever\b|\bshall\b": "a shorter sentence",
    r"\ba person\b": "user, reviewer, operator",
}
#: Names that say nothing of what they hold.
NAMES = {
    *("asked", "found", "given", "held", "kept", "known", "made", "meant", "one", "ones", "others", "rest", "said"),
    *("seen", "taken", "thing", "things", "told", "truth", "truths", "wanted", "what", "whole", "wish", "words"),
}
#: Functions may not be named by a participle alone, which leaves open whether they test, change or return.
IRREGULAR = {
    *("built", "chosen", "done", "drawn", "found", "given", "held", "kept", "known", "left", "made", "said", "seen"),
    *("sent", "shown", "spelt", "taken", "told", "written"),
}
NO_PARTICIPLES = {"embed", "exceed", "feed", "need", "proceed", "seed", "speed", "succeed"}
PREPOSITIONS = {"as", "at", "by", "for", "from", "in", "of", "on", "to", "with"}
FORMAT, FORMER = "a member of a file or of a definition that users have", "a former name, which still works"
#: Page or module, and word: why it stays there.
EXCEPTIONS = {
    ("CHANGELOG.md", "*"): "what was written about a version stays",
    ("framework/tests/test_words.py", "*"): "the list itself",
    ("CONTRIBUTING.md", "verb"): "the part of speech",
    ("framework/local_sagemaker/definition/diff.py", "what"): FORMAT,
    ("framework/local_sagemaker/tools/lint/formats.py", "mend"): FORMAT,
    ("framework/local_sagemaker/tools/service/baselines.py", "given"): "an argument that users pass",
    ("framework/model_monitor/model_quality/merge.py", "truth"): "an argument of the command",
    ("framework/model_monitor/model_quality/merge.py", "truths"): FORMAT,
    ("framework/model_monitor/tables/ground_truth.py", "truths"): FORMAT,
    ("framework/tests/model_monitor/model_quality/test_command.py", "truths"): FORMAT,
    ("pipelines/baselines.py", "anew"): FORMER,
    ("conftest.py", "trained"): "a fixture that many tests use: the state of a project",
    ("conftest.py", "compared"): "a fixture that many tests use: the state of a project",
    ("tests/sdk_v2/v2_batch_inference.py", "truth"): FORMAT,
    **{
        (f"deploy/events/{name}", "truth"): FORMAT
        for name in ("README.md", "settings.py", "uploads.py", "variables.tf")
    },
    **{(f"tests/deploy/events/test_{name}.py", "truth"): FORMAT for name in ("build", "loop", "rules")},
    **{
        (f"{folder}/{name}.py", word): FORMAT
        for folder in ("pipelines/batch_inference", "tests/pipelines/batch_inference")
        for name in ("ground_truth", "label", "pipeline", "quality", "test_ground_truth", "test_label", "test_quality")
        for word in ("truth", "truths")
    },
}


def files(*suffixes):
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip(f"needs a git clone: {listed.stderr.strip()}")
    return [ROOT / name for name in listed.stdout.splitlines() if name.endswith(suffixes) and (ROOT / name).is_file()]


def is_exception(path, word):
    name = path.relative_to(ROOT).as_posix()
    return bool({(name, "*"), (name, word.lower())} & EXCEPTIONS.keys())


def texts_of(path):
    """Yield line number and text: of Python's comments and strings, of cells' prose, of each line of other files."""
    if path.suffix == ".py":
        for token in tokenize.generate_tokens(io.StringIO(path.read_text()).readline):
            if token.type in (tokenize.COMMENT, tokenize.STRING):
                yield from enumerate(token.string.splitlines(), token.start[0])
    elif path.suffix == ".ipynb":
        for number, cell in enumerate(json.loads(path.read_text())["cells"]):
            yield from ((number, line) for line in "".join(cell["source"]).splitlines())
    else:
        yield from enumerate(path.read_text().splitlines(), 1)


def test_texts_use_the_standard_terms():
    any_pattern = re.compile("|".join(f"(?:{pattern})" for pattern in TEXTS), re.IGNORECASE)
    hits = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}; write instead of {match[0]!r}: {standard_term(match)}"
        for path in files(".py", ".md", ".ipynb", ".template", ".toml")
        for number, line in texts_of(path)
        for match in any_pattern.finditer(line)
        if not is_exception(path, match[0])
    ]

    assert not hits, "\n".join(hits)


def standard_term(match):
    """Return what to write instead of a hit; its pattern may look at what precedes it."""
    patterns = ((re.compile(pattern, re.IGNORECASE), term) for pattern, term in TEXTS.items())
    return next(term for pattern, term in patterns if pattern.match(match.string, match.start()))


def names_in(tree):
    """Yield line number and name of what the code defines or uses; not the attributes of other libraries' objects."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) | ast.arg(arg=name) | ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                yield node.lineno, name
            case ast.Attribute(attr=name, ctx=ast.Store()):
                yield node.lineno, name


def test_names_say_what_they_hold():
    hits = [
        f"{path.relative_to(ROOT)}:{number}: {name}"
        for path in files(".py")
        for number, name in names_in(ast.parse(path.read_text()))
        if name.strip("_").lower() in NAMES and not is_exception(path, name.strip("_"))
    ]

    assert not hits, "\n".join(hits)


def is_bare_participle(name):
    first, *others = name.strip("_").removeprefix("test_").split("_")
    is_participle = first in IRREGULAR or (first.endswith("ed") and first not in NO_PARTICIPLES)
    return is_participle and (not others or others[0] in PREPOSITIONS)


def test_functions_are_named_by_a_verb_or_by_what_they_return():
    hits = [
        f"{path.relative_to(ROOT)}:{node.lineno}: {node.name}"
        for path in files(".py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and is_bare_participle(node.name) and not is_exception(path, node.name)
    ]

    assert not hits, "\n".join(hits)
