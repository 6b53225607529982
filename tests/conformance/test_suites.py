"""Every case of the suites with DAG files, through the real engine and its processes: Airflow's states and values."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.room import Room
from conformance.suite import Suite

SUITES = ("trigger_rules", "mapping", "taskflow_xcom", "templates")
#: Of how many cases PostgreSQL sees one.
SAMPLE = 8


def _play(suite: Suite, folder: Path, database_url: str | None = None) -> dict[str, list[str]]:
    """What differs, by case."""
    differing = {}
    for number, cases in enumerate(suite.rooms()):
        results = Room(suite, cases, folder / str(number), database_url).play()
        for case in cases:
            if found := suite.differences(case, results[case.id]):
                differing[f"{case.id} ({case.file})"] = found
    return differing


@pytest.mark.parametrize("name", SUITES)
def test_as_airflow(name: str, shared: Path, tmp_path: Path) -> None:
    suite = Suite(shared / "conformance" / name)

    assert len(suite.cases) > 50
    assert _play(suite, tmp_path) == {}
