"""The table of views: each is shown by tests in a real browser, with pointer and keyboard, whatever its data, and by a picture."""

from __future__ import annotations

import ast
import re
from functools import cache

import pytest

from .test_contracts import ROOT

BROWSER = ROOT / "tests" / "browser"
PICTURES = ROOT / "docs" / "guide" / "pictures"
#: What a test must do itself to count for an aspect; the others are told by the test's data.
DEEDS = {
    "pointer": re.compile(
        r"\bmouse\.|\.(click|dblclick|tap|hover|check|uncheck|select_option|drag_to|wheel)\("
    ),
    "keyboard": re.compile(r"\bpress\(|keyboard\.type\("),
    "axe": re.compile(r"\bforbid_faults\(|\bfaults\("),
}
ASPECTS = ("pointer", "keyboard", "empty", "typical", "huge", "failing", "axe", "picture")
_VIEW = re.compile(r"V\d+ \S.*")
_ASPECT = re.compile(r"\s+(\w+)\s+(\S.*)")


def read() -> dict[str, dict[str, str]]:
    """Aspects of each view, by its number and name."""
    views: dict[str, dict[str, str]] = {}
    for line in (ROOT / "tests" / "architecture" / "views.txt").read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        if _VIEW.fullmatch(line):
            view = views.setdefault(line, {})
        elif (found := _ASPECT.fullmatch(line)) and found[1] in ASPECTS and found[1] not in view:
            view[found[1]] = found[2]
        else:
            raise AssertionError(f"cannot be read: {line!r}")
    return views


@cache
def named_in(module: str) -> dict[str, str]:
    """Sources of the tests of a file, by their names as in the table."""
    path = BROWSER / f"{module}.py"
    if not path.is_file():
        return {}
    text = path.read_text()
    found: dict[str, str] = {}
    for node in ast.parse(text).body:
        inside = node.body if isinstance(node, ast.ClassDef) else [node]
        prefix = f"{module}::{node.name}" if isinstance(node, ast.ClassDef) else module
        for one in inside:
            if isinstance(one, ast.FunctionDef) and one.name.startswith("test_"):
                found[f"{prefix}::{one.name}"] = ast.get_source_segment(text, one) or ""
    return found


def shots() -> set[str]:
    """Names of the pictures that test_pictures.py writes."""
    for node in ast.parse((BROWSER / "test_pictures.py").read_text()).body:
        if isinstance(node, ast.AnnAssign) and getattr(node.target, "id", "") == "SHOTS":
            assert node.value is not None
            return {one[0] for one in ast.literal_eval(node.value)}
    raise AssertionError("test_pictures.py has no SHOTS")


VIEWS = read()
#: How many views the page has, numbered from 1.
COUNT = 23


def test_no_view_is_missing() -> None:
    assert [view.partition(" ")[0] for view in VIEWS] == [f"V{number}" for number in range(1, COUNT + 1)]


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_is_shown(view: str) -> None:
    aspects = VIEWS[view]
    assert [one for one in ASPECTS if one not in aspects] == [], "aspects without a test"
    wrong = []
    for aspect, value in aspects.items():
        if aspect == "picture" or value.startswith("none: "):
            continue
        for name in re.split(r",\s*", value):
            source = named_in(name.partition("::")[0]).get(name)
            if source is None:
                wrong.append(f"{aspect}: there is no test {name}")
            elif aspect in DEEDS and not DEEDS[aspect].search(source):
                wrong.append(f"{aspect}: {name} does nothing of the kind")
    assert wrong == []


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_has_its_picture(view: str) -> None:
    for name in VIEWS[view]["picture"].split(", "):
        assert name in shots()
        assert (PICTURES / f"{name}.png").is_file()
