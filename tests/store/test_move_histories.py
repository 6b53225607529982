"""Any legal sequence of moves leaves a history that adds up, on both databases."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ostro.records import Move
from ostro.states import OCCUPYING, TASK_TRANSITIONS
from ostro.states import TaskState as S
from ostro.store import Store, transitions
from ostro.store import tables as t

from . import made
from .made import NOW, run

#: How to choose the next state, whether to expect the right one, whether it is a new try, whether to name the attempt.
STEPS = st.lists(st.tuples(st.integers(0, 99), st.booleans(), st.booleans(), st.integers(0, 9)), max_size=12)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plans=st.lists(STEPS, min_size=1, max_size=3))
def test_histories_add_up(db: Store, plans: list[list[tuple[int, bool, bool, int]]]) -> None:
    with db.begin() as tx:
        count = tx.execute(sa.select(sa.func.count()).select_from(t.dag_run)).scalar_one()
        rows = made.instances(tx, run(tx, f"r{count}"), *(f"t{i}" for i in range(len(plans))))
    model = {r.id: _Model(r.id) for r in rows}
    for number in range(max(len(p) for p in plans)):
        now = NOW + timedelta(seconds=number)
        moves, expected = [], []
        for one, plan in zip(model.values(), plans, strict=True):
            if number < len(plan):
                move, applies = one.next_move(plan[number])
                moves.append(move)
                expected.append(applies)
        with db.begin() as tx:
            assert transitions.apply_moves(tx, moves, now) == expected
    with db.read() as tx:
        for one in model.values():
            one.compare(tx)


class _Model:
    """What one instance must look like."""

    def __init__(self, ti: int) -> None:
        self.ti = ti
        self.state = S.NONE
        self.attempt: str | None = None
        self.attempts: list[str] = []
        self.events: list[tuple[str, str]] = []

    def next_move(self, step: tuple[int, bool, bool, int]) -> tuple[Move, bool]:
        choice, right, new_try, fence = step
        after = sorted(TASK_TRANSITIONS[self.state])[choice % len(TASK_TRANSITIONS[self.state])]
        more: dict[str, Any] = {}
        attempt = self.attempt
        if after in OCCUPYING and (new_try or attempt is None):
            attempt = f"{self.ti}-{len(self.attempts)}"
            more["attempt_id"] = attempt
        if fence == 0:
            more["if_attempt"] = "superseded"
        elif fence == 1 and self.attempt is not None:
            more["if_attempt"] = self.attempt
        before = self.state if right else S.REMOVED if self.state is not S.REMOVED else S.RUNNING
        applies = right and fence != 0
        if applies:
            if after is not self.state:
                self.events.append((self.state, after))
            if attempt is not None and attempt != self.attempt:
                self.attempts.append(attempt)
            self.state, self.attempt = after, attempt
        return Move(ti=self.ti, before=before, after=after, **more), applies

    def compare(self, tx: sa.Connection) -> None:
        found = made.one(tx, self.ti)
        assert (found.state, found.attempt_id) == (self.state, self.attempt)
        a, e = t.attempt.c, t.ti_event.c
        rows = tx.execute(sa.select(a.attempt_id, a.closed_at, a.state).where(a.ti == self.ti)).all()
        assert sorted(r.attempt_id for r in rows) == sorted(self.attempts)
        still_open = [r.attempt_id for r in rows if r.closed_at is None]
        assert still_open == ([self.attempt] if self.state in OCCUPYING else [])
        assert all(r.state == self.state for r in rows if r.closed_at is None)
        told = tx.execute(sa.select(e.before, e.after).where(e.ti == self.ti).order_by(e.sequence))
        assert [tuple(row) for row in told] == [(str(b), str(after)) for b, after in self.events]
