"""The former names in CHANGELOG.md are still importable, and are the same objects."""

from __future__ import annotations

import re
from pkgutil import resolve_name
from types import ModuleType

import pytest
from paths import ROOT

pytest.importorskip("sagemaker.core", reason="needs the SageMaker SDK")

ROW = re.compile(r"^  \| `([\w.]+)`(?:: (.*?))? \| `([\w.]+)`(?:: (.*?))? \|$", re.MULTILINE)


def name_pairs():
    """Yield former and new dotted names; a module's row lists its names after a colon."""
    for module, names, new_module, new_names in ROW.findall((ROOT / "CHANGELOG.md").read_text()):
        if not names:
            yield module, new_module
        for name, new_name in zip(re.findall(r"\w+", names), re.findall(r"\w+", new_names), strict=True):
            yield f"{module}.{name}", f"{new_module}.{new_name}"


@pytest.mark.parametrize(("former_name", "name"), list(name_pairs()))
def test_a_former_name_is_the_same_object(former_name, name):
    former, current = resolve_name(former_name), resolve_name(name)

    if isinstance(former, ModuleType):
        for attribute in former.__all__:
            assert getattr(former, attribute) is getattr(current, attribute)
    else:
        assert former is current


def test_the_changelog_lists_former_names():
    assert len(list(name_pairs())) > 8
