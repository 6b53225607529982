"""`.airflowignore`: patterns of both syntaxes, nested files, taking back."""

from __future__ import annotations

import pytest

from ostro.loader.ignore import Rules

GLOBS = [
    ("utils/", "utils", True, True),
    ("utils/", "utils", False, False),
    ("utils/", "deep/utils", True, True),
    ("/utils/", "deep/utils", True, False),
    ("*_old.py", "sales_old.py", False, True),
    ("*_old.py", "a/b/sales_old.py", False, True),
    ("*_old.py", "sales.py", False, False),
    ("team/*.py", "team/a.py", False, True),
    ("team/*.py", "team/deep/a.py", False, False),
    ("team/**/a.py", "team/x/y/a.py", False, True),
    ("# comment", "# comment", False, False),
    ("", "a.py", False, False),
    ("[ab].py", "b.py", False, True),
    ("*\n!keep.py", "keep.py", False, False),
    ("*\n!keep.py", "drop.py", False, True),
]


@pytest.mark.parametrize(("text", "path", "is_folder", "ignored"), GLOBS)
def test_globs(text: str, path: str, is_folder: bool, ignored: bool) -> None:
    assert Rules().below("", text, "glob").ignores(path, is_folder=is_folder) is ignored


REGEXPS = [
    ("project_a", "project_a/dag.py", True),
    ("project_a", "my_project_a.py", True),
    ("^dag_", "dag_1.py", True),
    ("^dag_", "x/dag_1.py", False),
    (r"tenant_\d", "tenant_3/x.py", True),
    ("utils  # helpers", "utils/x.py", True),
    ("# only a comment", "only", False),
]


@pytest.mark.parametrize(("text", "path", "ignored"), REGEXPS)
def test_regular_expressions(text: str, path: str, ignored: bool) -> None:
    assert Rules().below("", text, "regexp").ignores(path, is_folder=False) is ignored


def test_a_nested_file_speaks_for_its_folder_only() -> None:
    rules = Rules().below("team", "/a.py", "glob")
    assert rules.ignores("team/a.py", is_folder=False)
    assert not rules.ignores("team/deep/a.py", is_folder=False)


def test_a_nested_file_can_take_back_what_the_one_above_ignored() -> None:
    rules = Rules().below("", "*.py", "glob").below("team", "!a.py", "glob")
    assert not rules.ignores("team/a.py", is_folder=False)
    assert rules.ignores("team/b.py", is_folder=False)


def test_a_wrong_expression_is_said_and_the_others_hold() -> None:
    rules = Rules().below("", "(\nutils", "regexp")
    assert rules.ignores("utils/x.py", is_folder=False)
    assert len(rules.complaints) == 1
    assert "'(' is no regular expression" in rules.complaints[0]
