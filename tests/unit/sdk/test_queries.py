"""The database queries of 2.x task code."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm.exc import NoResultFound

from ostro.errors import UserError
from ostro.protocol import task as p
from ostro.sdk import asking
from ostro.sdk.around.constants import DagTag
from ostro.sdk.around.engine import DagModel
from ostro.sdk.around.session import Session, create_session, provide_session
from ostro.sdk.connection import Connection
from ostro.sdk.dagrun import DagRun
from ostro.sdk.enums import DagRunState, State
from ostro.sdk.later import Job, TaskReschedule
from ostro.sdk.queries.models import Pool
from ostro.sdk.queries.records import DatasetModel, Log, TaskFail, TaskInstanceHistory
from ostro.sdk.sla import SlaMiss
from ostro.sdk.taskinstance import TaskInstance
from ostro.sdk.variable import Variable
from ostro.sdk.xcom import BaseXCom as XCom

DAY = timedelta(days=1)
NOW = datetime(2024, 3, 5, tzinfo=UTC)


def run(dag_id: str, number: int, state: str = "success", **more: Any) -> dict[str, Any]:
    known: dict[str, Any] = {
        "dag_id": dag_id,
        "run_id": f"r{number}",
        "run_type": "scheduled",
        "state": state,
        "run_after": NOW + number * DAY,
        "logical_date": NOW + number * DAY,
    }
    return {**known, **more}


def instance(task_id: str, state: str | None, **more: Any) -> dict[str, Any]:
    return {"dag_id": "a", "run_id": "r1", "task_id": task_id, "map_index": -1, "state": state,
            "logical_date": NOW, "start_date": NOW, "end_date": None, **more}  # fmt: skip


class Engine:
    """Answers as the engine does; what it is told is kept."""

    def __init__(self) -> None:
        self.told: list[Any] = []
        self.runs = [
            run("a", 1),
            run("a", 2, "failed", start_date=NOW),
            run("a", 3, "running", run_type="manual"),
            run("b", 4, "running"),
        ]
        self.instances = [instance("x", "success"), instance("y", "failed"), instance("z", None)]
        self.dags = [
            {"dag_id": i, "is_paused": i == "b", "is_active": True, "timetable_summary": "@daily"}
            for i in "ab"
        ]
        self.xcoms = [
            {"dag_id": "a", "run_id": r, "logical_date": NOW, "task_id": t, "map_index": -1, "key": "k",
             "timestamp": NOW, "value": None}
            for r in ("r2", "r1") for t in ("x", "y")
        ]  # fmt: skip
        self.variables = {"v1": "one", "v2": "two"}
        self.connections = {"c": {"conn_id": "c", "conn_type": "http", "host": "h"}}
        self.pools = [
            {"name": "default_pool", "slots": 8, "description": "", "include_deferred": False, "running": 3},
            {"name": "endless", "slots": -1, "description": "", "include_deferred": False},
        ]

    def ask(self, q: Any) -> Any:
        self.told.append(q)
        data = getattr(self, f"_{type(q).__name__}")(q)
        return p.Done(seq=0) if data is None else p.Value(seq=0, found=data != [None], data=data)

    def _FindRuns(self, q: p.FindRuns) -> Any:
        return [
            r
            for r in self.runs
            if q.dag_id in ("", r["dag_id"])
            and r["state"] in (q.states or [r["state"]])
            and r["logical_date"] in (q.logical_dates or [r["logical_date"]])
        ]

    def _GetRun(self, q: p.GetRun) -> Any:
        return next(r for r in self.runs if r["run_id"] == q.run_id)

    def _FindTaskInstances(self, q: p.FindTaskInstances) -> Any:
        return [i for i in self.instances if i["task_id"] in (q.task_ids or [i["task_id"]])]

    def _FindDags(self, q: p.FindDags) -> Any:
        return [d for d in self.dags if q.dag_ids is None or d["dag_id"] in q.dag_ids]

    def _FindXComs(self, q: p.FindXComs) -> Any:
        return [x for x in self.xcoms if x["run_id"] in (q.run_ids or [x["run_id"]])]

    def _GetXCom(self, q: p.GetXCom) -> Any:
        return b'{"of": "%s"}' % q.task_id.encode()

    def _ListVariables(self, q: Any) -> Any:
        return list(self.variables)

    def _GetVariable(self, q: Any) -> Any:
        return self.variables.get(q.key, [None])

    def _ListConnections(self, q: Any) -> Any:
        return list(self.connections)

    def _GetConnection(self, q: Any) -> Any:
        return self.connections.get(q.conn_id, [None])

    def _ListPools(self, q: Any) -> Any:
        return self.pools

    def _FindTries(self, q: p.FindTries) -> Any:
        tries = [
            instance("x", "up_for_retry", try_number=1, end_date=NOW + DAY),
            instance("x", "success", try_number=2),
        ]
        return [t for t in tries if not q.failed or t["state"] != "success"]

    def _FindLog(self, q: p.FindLog) -> Any:
        return [
            {"id": 2, "at": NOW + DAY, "event": "trigger", "dag_id": "a", "owner": "ann", "extra": {"x": 1}},
            {"id": 1, "at": NOW, "event": "clear", "dag_id": "b", "owner": None, "extra": None},
        ]

    def _FindAssets(self, q: p.FindAssets) -> Any:
        return [{"id": 1, "name": "n", "uri": "s3://n", "group": "asset", "extra": {}, "is_active": False}]

    def _nothing(self, q: Any) -> Any:
        return None

    _DeleteXCom = _PauseDag = _SetConnection = _SetVariable = _DeleteVariable = _DeleteConnection = _nothing


@pytest.fixture
def engine() -> Iterator[Engine]:
    one = Engine()
    before = asking.use(one)
    yield one
    asking.use(before)


@pytest.fixture
def session(engine: Engine) -> Any:
    return Session()


# ---- what is asked for ---------------------------------------------------------------------------------------


def test_the_latest_run(session: Any, engine: Engine) -> None:
    found = session.query(DagRun).filter(DagRun.dag_id == "a").order_by(DagRun.execution_date.desc()).first()

    assert (found.run_id, found.state) == ("r3", DagRunState.RUNNING)
    (question,) = engine.told
    assert question.dag_id == "a"


def test_conditions_that_the_engine_knows_are_asked_for(session: Any, engine: Engine) -> None:
    count = (
        session.query(DagRun)
        .filter(DagRun.dag_id.in_(["a", "b"]), DagRun.state.in_([State.RUNNING, State.QUEUED]))
        .filter(DagRun.execution_date >= NOW)
        .count()
    )

    assert count == 2
    assert [(q.dag_id, q.states, q.logical_date_from) for q in engine.told] == [
        ("a", ["running", "queued"], NOW),
        ("b", ["running", "queued"], NOW),
    ]


@pytest.mark.parametrize(
    ("condition", "runs"),
    [
        (lambda: DagRun.state != "success", ["r2", "r3", "r4"]),
        (lambda: DagRun.start_date.isnot(None), ["r2"]),
        (lambda: DagRun.start_date.is_(None), ["r1", "r3", "r4"]),
        (lambda: DagRun.execution_date.between(NOW + DAY, NOW + 2 * DAY), ["r1", "r2"]),
        (lambda: DagRun.run_id.like("r%") & ~(DagRun.dag_id == "a"), ["r4"]),
        (lambda: (DagRun.run_id == "r1") | DagRun.run_id.endswith("4"), ["r1", "r4"]),
        (lambda: DagRun.run_id.notin_(["r1", "r2"]), ["r3", "r4"]),
        (lambda: DagRun.external_trigger == True, ["r3"]),  # noqa: E712
        (lambda: DagRun.external_trigger, ["r3"]),
        (lambda: DagRun.execution_date < "2024-03-08", ["r1", "r2"]),
        (lambda: DagRun.execution_date >= (NOW + 3 * DAY).date(), ["r3", "r4"]),
        (lambda: DagRun.execution_date == "2024-03-06T00:00:00+00:00", ["r1"]),
        (lambda: sa.or_(DagRun.run_id == "r1", DagRun.state == "failed"), ["r1", "r2"]),
        (lambda: sa.and_(DagRun.dag_id == "a", sa.not_(DagRun.run_id == "r1")), ["r2", "r3"]),
        (
            lambda: sa.or_(sa.and_(DagRun.dag_id == "a", DagRun.run_id == "r2"), DagRun.dag_id == "b"),
            ["r2", "r4"],
        ),
    ],
)
def test_conditions(session: Any, condition: Any, runs: list[str]) -> None:
    found = session.query(DagRun).filter(condition()).order_by(DagRun.run_id).all()

    assert [r.run_id for r in found] == runs


def test_columns_functions_and_order(session: Any) -> None:
    query = session.query(DagRun.run_id, DagRun.state).filter(DagRun.dag_id == "a")

    assert query.order_by(sa.desc(DagRun.execution_date)).limit(1).all() == [("r3", DagRunState.RUNNING)]
    assert (
        session.query(sa.func.max(DagRun.execution_date)).filter(DagRun.dag_id == "a").scalar()
        == NOW + 3 * DAY
    )
    assert session.query(sa.func.count(DagRun.id)).scalar() == 4
    assert session.query(sa.func.count()).select_from(DagRun).filter(DagRun.dag_id == "b").scalar() == 1
    assert session.query(DagRun.dag_id).distinct().order_by(DagRun.dag_id).all() == [("a",), ("b",)]


@pytest.mark.parametrize(
    "order",
    [
        "execution_date desc",
        sa.desc("execution_date"),
        sa.text("dag_run.execution_date DESC"),
        DagRun.logical_date.desc(),
    ],
)
def test_order_by_name(session: Any, order: Any) -> None:
    assert session.query(DagRun).order_by(order).first().run_id == "r4"


def test_a_condition_is_no_truth_value() -> None:
    with pytest.raises(TypeError, match="and_"):
        _ = (DagRun.execution_date > NOW) and (DagRun.state == "failed")


def test_a_task_instance_made_by_hand_knows_its_state_now(engine: Engine) -> None:
    class Task:
        dag_id, task_id = "a", "y"

    ti = TaskInstance(Task(), NOW + DAY)

    assert (ti.run_id, ti.current_state(), ti.start_date) == ("r1", "failed", NOW)
    ti = TaskInstance(Task(), run_id="r1", state="running")
    assert ti.state == "running"
    ti.refresh_from_db()
    assert ti.state == "failed"


def test_null_comes_last_whichever_way(session: Any) -> None:
    for order in (DagRun.start_date, DagRun.start_date.desc()):
        assert session.query(DagRun).order_by(order).first().run_id == "r2"


def test_task_instances(session: Any, engine: Engine) -> None:
    rows = (
        session.query(TaskInstance)
        .filter_by(dag_id="a", run_id="r1")
        .filter(TaskInstance.state.is_(None))
        .all()
    )
    failed = session.query(TaskInstance).filter(TaskInstance.state == State.FAILED).one()

    assert [r.task_id for r in rows] == ["z"]
    assert (failed.task_id, failed.state, failed.execution_date) == ("y", "failed", NOW)
    # A row knows its date; the run is not asked for.
    assert {type(q) for q in engine.told} == {p.FindTaskInstances}


def test_dags_and_pools(session: Any) -> None:
    assert [d.dag_id for d in session.query(DagModel).filter(DagModel.is_paused == True)] == ["b"]  # noqa: E712
    assert [d.dag_id for d in session.query(DagModel).filter(~DagModel.is_paused, DagModel.is_active)] == [
        "a"
    ]
    assert session.query(DagModel).get("a").schedule_interval == "@daily"
    assert DagModel.get_paused_dag_ids(["a", "b"]) == {"b"}
    pool = Pool.get_pool("default_pool")
    assert pool is not None
    assert (pool.slots, pool.occupied_slots(), pool.open_slots()) == (8, 3, 5)
    assert session.query(Pool).filter(Pool.pool == "endless").one().open_slots() == float("inf")
    assert Pool.get_pool("none") is None


def test_one_and_its_errors(session: Any) -> None:
    with pytest.raises(NoResultFound):
        session.query(DagRun).filter(DagRun.run_id == "none").one()
    with pytest.raises(sa.exc.MultipleResultsFound):
        session.query(DagRun).one_or_none()
    assert session.query(DagRun).filter(DagRun.run_id == "none").first() is None


def test_runs_by_the_model_class(engine: Engine) -> None:
    assert [r.run_id for r in DagRun.find(state="running")] == ["r3", "r4"]
    assert DagRun.active_runs_of_dags(["a", "b"]) == {"a": 1, "b": 1}
    assert {r.dag_id: r.run_id for r in DagRun.get_latest_runs()} == {"a": "r3", "b": "r4"}
    duplicate = DagRun.find_duplicates("a", "r1")
    assert duplicate is not None and duplicate.run_id == "r1"
    last = DagModel({"dag_id": "a"}).get_last_dagrun()
    assert last.run_id == "r2"


# ---- XComs ---------------------------------------------------------------------------------------------------


def test_xcoms_are_read_when_their_value_is(session: Any, engine: Engine) -> None:
    row = (
        session.query(XCom)
        .filter(XCom.dag_id == "a", XCom.task_id == "y")
        .order_by(XCom.timestamp.desc())
        .first()
    )

    assert [type(q) for q in engine.told] == [p.FindXComs]
    assert row.value == {"of": "y"}


def test_xcoms_are_deleted_one_by_one(session: Any, engine: Engine) -> None:
    assert session.query(XCom).filter(XCom.dag_id == "a", XCom.run_id == "r2").delete() == 2

    deleted = [(q.run_id, q.task_id, q.key) for q in engine.told if isinstance(q, p.DeleteXCom)]
    assert deleted == [("r2", "x", "k"), ("r2", "y", "k")]


def test_get_many_and_clear(engine: Engine) -> None:
    assert [x.task_id for x in XCom.get_many(run_id="r1", task_ids=["x"], dag_ids="a", key="k")] == ["x"]
    engine.told.clear()
    XCom.clear(dag_id="a", task_id="x", run_id="r1")
    assert [type(q) for q in engine.told] == [p.FindXComs, p.DeleteXCom, p.DeleteXCom]


# ---- changes -------------------------------------------------------------------------------------------------


def test_a_connection_is_added_at_commit(session: Any, engine: Engine) -> None:
    assert session.query(Connection).filter(Connection.conn_id == "new").first() is None
    session.add(Connection(conn_id="new", conn_type="http", host="h", port=80, extra={"a": 1}))
    assert not any(isinstance(q, p.SetConnection) for q in engine.told)

    session.commit()

    assert engine.told[-1].fields == {
        "conn_id": "new", "conn_type": "http", "description": None, "host": "h", "login": None, "password": None,
        "schema": None, "port": 80, "extra": '{"a": 1}',
    }  # fmt: skip


def test_a_dag_is_paused_at_commit(engine: Engine) -> None:
    with create_session() as session:
        session.query(DagModel).filter(DagModel.dag_id == "a").first().is_paused = True

    assert engine.told[-1] == p.PauseDag(seq=0, dag_id="a", paused=True)


def test_dags_are_paused_by_update(session: Any, engine: Engine) -> None:
    assert session.query(DagModel).filter(DagModel.dag_id == "b").update({DagModel.is_paused: False}) == 1

    assert engine.told[-1] == p.PauseDag(seq=0, dag_id="b", paused=False)


def test_a_state_cannot_be_set(session: Any, engine: Engine) -> None:
    ti = session.query(TaskInstance).filter(TaskInstance.task_id == "y").first()
    ti.state = None
    with pytest.raises(UserError, match="cannot change state of a TaskInstance"):
        session.commit()
    with pytest.raises(UserError, match="state of a run"):
        DagRun.find("a")[0].set_state("failed")


def test_what_was_not_committed_is_forgotten(engine: Engine) -> None:
    def work() -> None:
        with create_session() as session:
            session.add(Variable("v", "x"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        work()

    assert engine.told == []


def test_provide_session_commits(engine: Engine) -> None:
    @provide_session
    def work(key: str, session: Any = None) -> str:
        session.add(Variable(key, "x"))
        session.delete(session.query(Variable).get("v1"))
        return key

    assert work("v") == "v"
    assert [type(q).__name__ for q in engine.told if "etVar" in type(q).__name__ or "Delete" in type(q).__name__] == [
        "GetVariable", "SetVariable", "DeleteVariable",
    ]  # fmt: skip


# ---- statements of SQLAlchemy --------------------------------------------------------------------------------


def test_select_of_a_model(session: Any, engine: Engine) -> None:
    statement = (
        sa.select(DagRun).where(DagRun.dag_id == "a", DagRun.state != "failed").order_by(DagRun.run_id.desc())
    )

    assert [r.run_id for r in session.scalars(statement)] == ["r3", "r1"]
    assert [row[0].run_id for row in session.execute(statement.limit(1).offset(1))] == ["r1"]
    assert session.execute(statement).scalars().first().run_id == "r3"
    assert session.scalar(sa.select(DagRun).filter_by(dag_id="b")).run_id == "r4"
    assert {q.dag_id for q in engine.told} == {"a", "b"}


def test_select_of_columns_gives_rows_with_names(session: Any) -> None:
    statement = sa.select(DagRun.run_id, DagRun.state.label("how")).where(
        sa.or_(DagRun.run_id == "r1", DagRun.run_id == "r4")
    )

    rows = session.execute(statement).all()

    assert rows == [("r1", "success"), ("r4", "running")]
    assert [(row.run_id, row.how) for row in rows] == [("r1", "success"), ("r4", "running")]
    assert session.execute(statement).mappings().first() == {"run_id": "r1", "how": "success"}
    assert [r.dag_id for r in session.query(DagRun.dag_id).distinct()] == ["a", "b"]
    with pytest.raises(AttributeError, match="only run_id, how"):
        _ = rows[0].state


def test_rows_are_counted_by_group(session: Any) -> None:
    by_state = (
        sa.select(DagRun.state, sa.func.count().label("n")).group_by(DagRun.state).order_by(sa.desc("n"))
    )

    assert session.execute(by_state).all() == [("running", 2), ("success", 1), ("failed", 1)]
    assert session.query(DagRun.dag_id, sa.func.max(DagRun.run_id)).group_by(DagRun.dag_id).all() == [
        ("a", "r3"),
        ("b", "r4"),
    ]
    assert session.scalar(sa.select(sa.func.count()).select_from(DagRun)) == 4
    assert session.scalar(sa.select(sa.func.count()).where(DagRun.dag_id == "a")) == 3
    assert session.scalar(sa.select(sa.func.count(sa.distinct(DagRun.dag_id)))) == 2
    assert session.query(session.query(DagRun).filter(DagRun.dag_id == "x").exists()).scalar() is False


def test_delete_and_update_statements(session: Any, engine: Engine) -> None:
    gone = session.execute(sa.delete(XCom).where(XCom.dag_id == "a", XCom.task_id == "x"))
    changed = session.execute(sa.update(DagModel).where(DagModel.dag_id == "b").values(is_paused=False))

    assert (gone.rowcount, changed.rowcount) == (2, 1)
    assert engine.told[-1] == p.PauseDag(seq=0, dag_id="b", paused=False)


def test_what_is_found_by_select_is_watched_for_changes(engine: Engine) -> None:
    with create_session() as session:
        session.scalars(sa.select(DagModel).where(DagModel.dag_id == "a")).one().is_paused = True

    assert engine.told[-1] == p.PauseDag(seq=0, dag_id="a", paused=True)


# ---- the past ------------------------------------------------------------------------------------------------


def test_failed_tries_and_all_tries(session: Any, engine: Engine) -> None:
    fails = session.query(TaskFail).filter(TaskFail.dag_id == "a", TaskFail.end_date >= NOW).all()
    tries = session.query(TaskInstanceHistory).order_by(TaskInstanceHistory.try_number).all()

    assert [(f.task_id, f.duration, f.execution_date) for f in fails] == [("x", 86400.0, NOW)]
    assert [(t.try_number, t.state, t.duration) for t in tries] == [
        (1, "up_for_retry", 86400.0),
        (2, "success", None),
    ]
    assert engine.told[0] == p.FindTries(seq=0, dag_id="a", failed=True, since=NOW)


def test_the_audit_log(session: Any, engine: Engine) -> None:
    found = session.query(Log).filter(Log.dttm > NOW, Log.event.in_(["trigger", "clear"])).all()

    assert [(entry.id, entry.owner, entry.extra, entry.dttm) for entry in found] == [
        (2, "ann", '{"x": 1}', NOW + DAY)
    ]
    assert engine.told == [p.FindLog(seq=0, events=["trigger", "clear"], since=NOW, limit=10_000)]


def test_assets(session: Any) -> None:
    assert session.scalar(sa.select(DatasetModel.id).where(DatasetModel.uri == "s3://n")) == 1
    assert session.query(DatasetModel).filter(~DatasetModel.is_orphaned).all() == []


@pytest.mark.parametrize(
    ("work", "words"),
    [
        (lambda s: s.execute("SELECT 1"), "SQL text is not possible"),
        (lambda s: s.execute(sa.text("SELECT 1")), "SQL text is not possible"),
        (lambda s: s.execute(sa.insert(DagRun)), "statement of the kind Insert"),
        (lambda s: s.execute(sa.select(DagRun, TaskInstance)), "several models"),
        (lambda s: s.execute(sa.select(DagRun).join(TaskInstance, sa.true())), r"select\(…\).join is not"),
        (lambda s: s.execute(sa.select(Job)), "query of Job is not possible in a task; use the REST API, or"),
        (lambda s: s.query(TaskReschedule).all(), r"use ti.get_first_reschedule_date\(\)"),
        (lambda s: s.query(SlaMiss).filter(SlaMiss.dag_id == "a").all(), "sla_miss_callback"),
        (lambda s: s.query(dict).all(), r"query of dict is not possible"),
        (lambda s: s.query(DagRun).join(TaskInstance), r"query.join\(\) is not possible"),
        (lambda s: s.query(DagRun, TaskInstance), "several models"),
        (lambda s: s.query(DagRun).filter(DagRun.run_id == TaskInstance.run_id), "compare in Python"),
        (lambda s: s.query(DagRun).filter(sa.column("x") == 1), "not possible in a query"),
        (lambda s: s.query(DagRun).delete(), "cannot delete rows of DagRun"),
        (lambda s: s.query(DagModel).update({"fileloc": "x"}), "cannot change fileloc"),
        (lambda s: s.add(Pool("x", 3)), r"session.add\(\) of a Pool"),
        (lambda s: Pool.create_or_update_pool("x", 3), "cannot change pools"),
    ],
)
def test_what_is_not_possible_names_the_way(session: Any, work: Any, words: str) -> None:
    with pytest.raises(UserError, match=words):
        work(session)


def test_files_name_columns_of_rows_that_ostro_has_not(session: Any) -> None:
    """As clean-up DAGs do: a table of models and their dates, at the top of the file."""
    columns = [
        Job.latest_heartbeat,
        TaskReschedule.execution_date,
        DagTag.dag_id,
        DagModel.last_scheduler_run,
    ]

    assert [str(column) for column in columns] == [
        "Job.latest_heartbeat",
        "TaskReschedule.execution_date",
        "DagTag.dag_id",
        "DagModel.last_scheduler_run",
    ]
    with pytest.raises(UserError, match="`ostro db clean`"):
        session.query(Job).filter(columns[0] < NOW).delete()
    assert not hasattr(Job, "__wrapped__")
