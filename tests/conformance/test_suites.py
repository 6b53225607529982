"""Every case of the suites with DAG files, through the real engine and its processes: Airflow's states and values."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.room import Room
from conformance.suite import Case, Suite
from support.services import database

SUITES = ("trigger_rules", "mapping", "taskflow_xcom", "templates", "dagrun_semantics")
#: Where Ostro differs on purpose, and why.
DIFFERENT = {
    "rc_process_killed": "on_failure is called for a task whose process was killed, and its context tells the cause; "
    "Airflow loses the callback of the last try",
}
#: How often cases that differ are played again.
AGAIN = 3
#: Of how many cases PostgreSQL sees one.
SAMPLE = 6


def _differing(suite: Suite, folder: Path, database_url: str | None = None) -> dict[str, list[str]]:
    """What differs, by case."""
    differing = _play(suite, folder, database_url)
    for again in range(AGAIN):
        if not differing:
            break
        # Tasks of a few cases race, in Airflow too (see the README of the suites). A machine that is busy with other things
        # may decide a race in another way; a rule that differs does so each time.
        suite.cases = [case for case in suite.cases if _name(case) in differing]
        differing = _play(suite, folder / f"again{again}", database_url)
    return differing


def _play(suite: Suite, folder: Path, database_url: str | None) -> dict[str, list[str]]:
    differing = {}
    for number, cases in enumerate(suite.rooms()):
        results = Room(suite, cases, folder / str(number), database_url).play()
        for case in cases:
            found = suite.differences(case, results[case.id])
            if found and case.id not in DIFFERENT:
                differing[_name(case)] = found
    return differing


def _name(case: Case) -> str:
    return f"{case.id} ({case.file})"


@pytest.mark.parametrize("name", SUITES)
def test_as_airflow(name: str, shared: Path, tmp_path: Path) -> None:
    suite = Suite(shared / "conformance" / name)

    assert len(suite.cases) > 50
    assert _differing(suite, tmp_path) == {}


@pytest.mark.parametrize("name", ["mapping", "dagrun_semantics"])
def test_on_postgresql(name: str, shared: Path, tmp_path: Path) -> None:
    suite = Suite(shared / "conformance" / name)
    suite.cases = suite.rooms()[0][::SAMPLE]

    with database("postgresql", tmp_path) as url:
        assert _differing(suite, tmp_path, url) == {}
