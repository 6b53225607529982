"""Totals of long lists: remembered when counting took its time; and numbers that no database keeps."""

from __future__ import annotations

import pytest

from ostro.errors import BadRequest
from ostro.store import Store, runs
from ostro.store.views import paging, rest_runs
from ostro.store.views.filters import OneOf, Page
from store import made

PAGE = Page(limit=10, order_by=("id",))
ONE = Page(limit=1, order_by=("id",))


@pytest.fixture
def remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every total is remembered at once, and for long."""
    monkeypatch.setattr(paging, "REMEMBER_FROM", 1)
    monkeypatch.setattr(paging, "REMEMBER_AFTER", 0.0)
    monkeypatch.setattr(paging, "REMEMBER_TIMES", 1e9)


def test_a_short_list_is_always_counted(db: Store) -> None:
    with db.begin() as tx:
        made.save(tx, made.dag())
        made.run(tx, "r1")
        assert rest_runs.list_runs(tx, [], PAGE)[1] == 1
        made.run(tx, "r2")
        assert rest_runs.list_runs(tx, [], PAGE)[1] == 2


@pytest.mark.usefixtures("remembered")
def test_a_long_one_is_remembered_by_its_conditions(db: Store) -> None:
    with db.begin() as tx:
        made.save(tx, made.dag())
        made.run(tx, "r1")
        assert rest_runs.list_runs(tx, [], ONE)[1] == 1
        made.run(tx, "r2")
        assert rest_runs.list_runs(tx, [], ONE)[1] == 1
        assert rest_runs.list_runs(tx, [OneOf("run_id", ("r2",))], PAGE)[1] == 1
        assert rest_runs.list_runs(tx, [OneOf("run_id", ("r1", "r2"))], PAGE)[1] == 2


@pytest.mark.usefixtures("remembered")
def test_rows_that_came_after_the_count_are_shown(db: Store) -> None:
    with db.begin() as tx:
        made.save(tx, made.dag())
        made.run(tx, "r1")
        pages = [Page(limit=1, offset=n, order_by=("id",)) for n in range(4)]
        assert rest_runs.list_runs(tx, [], pages[0])[1] == 1
        made.run(tx, "r2")
        made.run(tx, "r3")
        found = [rest_runs.list_runs(tx, [], page) for page in pages]
        assert [[row.run_id for row in rows] for rows, _ in found] == [["r1"], ["r2"], ["r3"], []]
        # The last page knows better than what is remembered.
        assert [total for _, total in found[:3]] == [1, 2, 3]
        assert rest_runs.list_runs(tx, [], Page(limit=10, order_by=("id",)))[1] == 3


@pytest.mark.usefixtures("remembered")
def test_rows_that_went_after_the_count_are_not_promised(db: Store) -> None:
    with db.begin() as tx:
        made.save(tx, made.dag())
        ids = [made.run(tx, f"r{n}").id for n in range(4)]
        assert rest_runs.list_runs(tx, [], PAGE)[1] == 4
        runs.delete_runs(tx, ids[1:])
        assert rest_runs.list_runs(tx, [], Page(limit=2, offset=2, order_by=("id",))) == ([], 2)
        # Whoever asks for the number only is told the remembered one.
        assert rest_runs.list_runs(tx, [], Page(limit=0, order_by=("id",)))[1] == 4
        runs.delete_runs(tx, ids[:1])
        assert rest_runs.list_runs(tx, [], ONE) == ([], 0)


def test_a_number_without_end_is_the_fault_of_who_gave_it(db: Store) -> None:
    if db.dialect == "postgresql":
        pytest.skip("PostgreSQL compares such numbers, and finds none")
    with pytest.raises(BadRequest, match="larger"), db.read() as tx:
        rest_runs.list_runs(tx, [OneOf("id", (10**30,))], PAGE)
