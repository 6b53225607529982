"""What instances wait for outside their run: triggers, and answers of people."""

from __future__ import annotations

from ostro.states import TaskState as S
from ostro.store import NewTrigger, Store, hitl, sealed, transitions, triggers

from . import made
from .made import NOW, SECOND, move, run, start


def waiting(ti: int, classpath: str = "m.T", **more: object) -> NewTrigger:
    return NewTrigger(ti=ti, attempt_id="x", classpath=classpath, kwargs={"k": 1}, **more)  # type: ignore[arg-type]


def test_a_later_trigger_of_an_instance_replaces_the_earlier_one_under_another_id(db: Store) -> None:
    with db.begin() as tx:
        a, b = made.instances(tx, run(tx), "a", "b")
        first = triggers.put(tx, waiting(a.id), NOW)
        triggers.put(tx, waiting(b.id, queue="q", timeout_at=NOW + SECOND), NOW)
        second = triggers.put(tx, waiting(a.id, "m.U"), NOW)
        found = triggers.of_instances(tx, [a.id, b.id, 10**9])
        assert second > first
        assert {
            ti: (f.classpath, sealed.unseal(tx, f.kwargs), f.queue, f.timeout_at) for ti, f in found.items()
        } == {
            a.id: ("m.U", {"k": 1}, None, None),
            b.id: ("m.T", {"k": 1}, "q", NOW + SECOND),
        }
        assert triggers.existing(tx, [first, second]) == {second}
        assert triggers.delete(tx, [a.id, b.id, 10**9]) == 2
        assert triggers.delete(tx, []) == 0


def test_the_write_that_ends_a_deferral_deletes_its_trigger(db: Store) -> None:
    with db.begin() as tx:
        kept, resumed, cleared = made.instances(tx, run(tx), "a", "b", "c")
        for ti in (kept, resumed, cleared):
            transitions.apply_moves(tx, [start(ti.id, f"attempt-{ti.id}")], NOW)
            assert transitions.apply_moves(tx, [move(ti.id, S.RUNNING, S.DEFERRED)], NOW) == [True]
            triggers.put(tx, waiting(ti.id), NOW)
        moves = [
            move(kept.id, S.DEFERRED, S.SCHEDULED, if_attempt="another"),
            move(resumed.id, S.DEFERRED, S.SCHEDULED),
            move(cleared.id, S.DEFERRED, S.NONE),
        ]
        done = transitions.apply_moves(tx, moves, NOW)
        assert done == [False, True, True]
        assert set(triggers.of_instances(tx, [kept.id, resumed.id, cleared.id])) == {kept.id}


def test_a_try_that_ends_in_its_trigger_has_that_end(db: Store) -> None:
    with db.begin() as tx:
        record = run(tx)
        (ti,) = made.instances(tx, record, "a")
        begun = triggers.Begun(
            attempt_id="t1", ti=ti.id, try_number=1, max_tries=0, start_date=NOW, version_id=record.version_id
        )
        triggers.note_begun(tx, begun)
        triggers.note_ended(tx, "t1", S.SKIPPED, NOW + SECOND)
    with db.read() as tx:
        from ostro.store.views.rest_instances import tries_of

        (tried,) = tries_of(tx, ti.id)
        assert (tried.state, tried.start_date, tried.end_date) == ("skipped", NOW, NOW + SECOND)


def test_the_first_answer_holds(db: Store) -> None:
    with db.begin() as tx:
        (ti,) = made.instances(tx, run(tx), "a")
        asked = hitl.NewQuestion(
            ti=ti.id, try_number=1, subject="Go?", options=["yes", "no"], assigned_users=[{"id": "1", "name": "ann"}]
        )  # fmt: skip
        hitl.put(tx, asked, NOW)
        question = hitl.find(tx, ti.id, 1)
        assert question is not None and question.responded_at is None and question.options == ["yes", "no"]
        yes = hitl.Response(
            chosen_options=["yes"], params_input={"n": 1}, user_id="1", user_name="ann", at=NOW
        )
        assert hitl.answer(tx, question.id, yes)
        assert not hitl.answer(tx, question.id, hitl.Response(chosen_options=["no"], at=NOW))
        answered = hitl.by_id(tx, [question.id])[question.id]
        assert (answered.chosen_options, answered.params_input, answered.responded_by_name) == (
            ["yes"],
            {"n": 1},
            "ann",
        )
        hitl.put(tx, asked, NOW)
        again = hitl.find(tx, ti.id, 1)
        assert again is not None and again.responded_at is None and again.chosen_options is None
