"""The page about compatibility is that of the tables, and what it says shows a rule exists."""

from __future__ import annotations

from pathlib import Path

import pytest

from compat.report import page
from compat.semantics import RULES

ROOT = Path(__file__).parents[2]
SUITES = ("dagrun_semantics", "mapping", "taskflow_xcom", "templates", "timetables", "trigger_rules")


def test_the_page_is_fresh() -> None:
    made = (ROOT / "docs" / "reference" / "compatibility.md").read_text()
    assert made == page(), "run: python tests/compat/report.py > docs/reference/compatibility.md"


@pytest.mark.parametrize("area", RULES)
def test_each_rule_names_its_test(area: str) -> None:
    for rule in RULES[area]:
        assert rule.verdict in ("same", "adapted", "refused"), rule
        assert rule.how or rule.verdict == "same", f"{rule.rule}: how?"
        suite = rule.shown.removeprefix("suite ")
        assert suite in SUITES if suite != rule.shown else (ROOT / "tests" / rule.shown).exists(), rule
