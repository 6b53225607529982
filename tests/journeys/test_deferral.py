"""Deferrable tasks, and tasks that ask a person, through the real command; processes are killed while tasks wait."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from support.deadline import wait_for
from support.invariants import violations
from support.services import database
from support.standalone import Standalone

#: Stands nowhere in the DAG file.
CANARY = "swordfish-5d2e91"

DAGS = """
import asyncio, os
from datetime import datetime, timedelta
from pathlib import Path
from airflow.sdk import DAG, Asset, AssetWatcher, BaseOperator, Variable, task
from airflow.sdk.bases.sensor import BaseSensorOperator
from airflow.providers.standard.operators.hitl import ApprovalOperator, HITLBranchOperator, HITLEntryOperator
from airflow.providers.standard.sensors.date_time import DateTimeSensorAsync
from airflow.providers.standard.sensors.time import TimeSensor
from airflow.providers.standard.triggers.hitl import HITLTrigger
from airflow.sdk import Param
from airflow.triggers.base import BaseEventTrigger, BaseTrigger, StartTriggerArgs, TaskSuccessEvent, TriggerEvent

START = datetime(2024, 1, 1)

class Gate(BaseTrigger):
    def __init__(self, path, end=False):
        super().__init__()
        self.path, self.end = path, end
    def serialize(self):
        return f"{type(self).__module__}.Gate", {"path": self.path, "end": self.end}
    async def run(self):
        while not os.path.exists(self.path):
            await asyncio.sleep(0.05)
        said = Variable.get("said", default="nothing")
        in_thread = await asyncio.to_thread(Variable.get, "said", "nothing")
        if self.end:
            yield TaskSuccessEvent(xcoms={"return_value": self.path})
        else:
            yield TriggerEvent({"path": self.path, "said": [said, in_thread], "who": self.task_instance.task_id})

class AtGate(BaseSensorOperator):
    template_fields = ("path",)
    def __init__(self, *, path, limit=None, **kwargs):
        super().__init__(**kwargs)
        self.path, self.limit = path, limit
    def execute(self, context):
        self.defer(trigger=Gate(self.path), method_name="resume", timeout=self.limit, kwargs={"index": context["ti"].map_index})
    def resume(self, context, event, index):
        assert index == context["ti"].map_index
        return [event["said"], event["who"], context["ti"].try_number]

class StartsInTrigger(AtGate):
    start_from_trigger = True
    def __init__(self, *, end=False, **kwargs):
        super().__init__(**kwargs)
        self.start_trigger_args = StartTriggerArgs(
            trigger_cls=f"{__name__}.Gate", next_method="come_back", trigger_kwargs={"path": self.path, "end": end},
        )
    def execute(self, context):
        raise RuntimeError("not needed")
    def come_back(self, context, event):
        return event["path"]

GATE = os.environ["GATE"]

with DAG("many", schedule=None, start_date=START, max_active_tasks=64):
    AtGate.partial(task_id="w").expand(path=[f"{GATE}-many"] * 200)

with DAG("kinds", schedule=None, start_date=START):
    AtGate(task_id="plain", path=f"{GATE}-kinds")
    StartsInTrigger(task_id="from_trigger", path=GATE + "-{{ dag.dag_id }}")
    StartsInTrigger(task_id="all_in_trigger", path=f"{GATE}-kinds", end=True)
    AtGate(task_id="too_long", path="/nowhere", limit=0.3)
    AtGate(task_id="skipped", path="/nowhere", limit=0.3, soft_fail=True)

class Folder(BaseEventTrigger):
    def __init__(self, path):
        super().__init__()
        self.path = path
    def serialize(self):
        return f"{type(self).__module__}.Folder", {"path": self.path}
    async def run(self):
        seen = set()
        while True:
            for name in sorted(set(os.listdir(self.path)) - seen) if os.path.isdir(self.path) else ():
                seen.add(name)
                yield TriggerEvent({"file": name})
            await asyncio.sleep(0.05)

inbox = Asset("inbox", watchers=[AssetWatcher("files", Folder(f"{GATE}-inbox"))])
with DAG("watches", schedule=inbox, start_date=START):
    @task
    def read(triggering_asset_events=None):
        return [e.extra["payload"]["file"] for found in triggering_asset_events.values() for e in found]
    read()

class Secretive(Gate):
    def __init__(self, path, token):
        super().__init__(path)
        self.token = token
    def serialize(self):
        return f"{type(self).__module__}.Secretive", {"path": self.path, "token": self.token}

class HoldsSecrets(BaseOperator):
    def execute(self, context):
        token = os.environ["CANARY"]
        self.defer(trigger=Secretive(f"{GATE}-secret", token), method_name="resume", kwargs={"token": token})
    def resume(self, context, event, token):
        return token == os.environ["CANARY"]

class StartsWithSecret(BaseOperator):
    start_from_trigger = True
    start_trigger_args = StartTriggerArgs(
        trigger_cls=f"{__name__}.Secretive", next_method="resume", next_kwargs={"token": os.environ["CANARY"]},
        trigger_kwargs={"path": f"{GATE}-secret", "token": os.environ["CANARY"]},
    )
    def resume(self, context, event, token):
        return token == os.environ["CANARY"]

class SecretFolder(Folder):
    def __init__(self, path, token):
        super().__init__(path)
        self.token = token
    def serialize(self):
        return f"{type(self).__module__}.SecretFolder", {"path": self.path, "token": self.token}

secret_box = Asset("box", watchers=[AssetWatcher("files", SecretFolder(f"{GATE}-box", os.environ["CANARY"]))])
with DAG("secrets", schedule=secret_box, start_date=START):
    HoldsSecrets(task_id="deferred")
    StartsWithSecret(task_id="starts")

with DAG("sensors", schedule=None, start_date=START):
    DateTimeSensorAsync(task_id="moment", target_time="{{ dag.start_date.isoformat() }}", start_from_trigger=True)
    TimeSensor(
        task_id="time", target_time=datetime(2024, 1, 1).time(), start_from_trigger=True, end_from_trigger=True
    )

with DAG("cleared", schedule=None, start_date=START):
    AtGate(task_id="one", path=f"{GATE}-cleared")

with DAG("people", schedule=None, start_date=START):
    ask = ApprovalOperator(task_id="ask", subject="Release {{ dag.dag_id }}?")
    form = HITLEntryOperator(task_id="form", subject="How many?", params={"n": Param(1, type="integer")})
    where = HITLBranchOperator(task_id="where", subject="Where?", options=["here", "there"])
    @task
    def here(): ...
    @task
    def there(): ...
    @task
    def count(answer):
        return answer["params_input"]["n"] + 1
    ask >> form >> where >> [here(), there()]
    count(form.output)
    class OldWay(BaseOperator):
        subject = "The old way?"
        def execute(self, context):
            asks = HITLTrigger(
                ti_id=context["ti"].id, options=["yes", "no"], params={"n": 5}, timeout_datetime=None,
            )
            self.defer(trigger=asks, method_name="told", kwargs={"kept": 7})
        def told(self, context, event, kept):
            return [event["chosen_options"], event["params_input"]["n"], kept]
    OldWay(task_id="old_way")
    HITLEntryOperator(task_id="nobody", subject="?", response_timeout=0.3) >> task(task_id="after")(lambda: None)()
    HITLEntryOperator(task_id="never", subject="?", options=["x"], response_timeout=0.3)
"""


class World:
    def __init__(self, ostro: Standalone, gate: Path, url: str) -> None:
        self.ostro = ostro
        self.gate = gate
        self.url = url

    def open(self, name: str) -> None:
        self.gate.with_name(f"{self.gate.name}-{name}").touch()

    def wait_states(self, dag_id: str, run_id: str, task_id: str, *states: str, seconds: float = 30) -> None:
        wait_for(
            lambda: self.ostro.task_states(dag_id, run_id).get(task_id) == list(states),
            seconds=seconds,
            what=lambda: f"{task_id} {states}: {self.ostro.task_states(dag_id, run_id)}; {self.ostro.tail()}",
        )

    def triggerers(self) -> list[int]:
        """Processes with triggers."""
        found = []
        for pid in self.ostro.pids():
            try:
                if Path(f"/proc/{pid}/comm").read_text().strip() == "ostro-triggers":
                    found.append(pid)
            except OSError:
                continue
        return found


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("deferral")
    dags = folder / "dags"
    dags.mkdir()
    (dags / "waits.py").write_text(DAGS)
    gate = folder / "gate"
    with (
        database(request.param, folder) as url,
        Standalone(
            folder / "home", dags, database_url=url, env={"GATE": str(gate), "CANARY": CANARY}
        ) as ostro,
    ):
        ostro.wait_dag("people")
        yield World(ostro, gate, url)


def test_secrets_of_triggers_are_legible_nowhere(world: World) -> None:
    ostro = world.ostro
    box = world.gate.with_name(f"{world.gate.name}-box")
    box.mkdir()
    (box / "one").touch()
    (run,) = wait_for(
        lambda: [r["dag_run_id"] for r in ostro.get("/dags/secrets/dagRuns")["dag_runs"]],
        seconds=30,
        what="a run for the file in the box",
    )
    for task_id in ("deferred", "starts"):
        world.wait_states("secrets", run, task_id, "deferred")
        shown = ostro.get(f"/dags/secrets/dagRuns/{run}/taskInstances/{task_id}")
        assert shown["trigger"]["kwargs"] == "***"
        assert CANARY not in str(shown)
    holding = [
        str(path)
        for path in world.gate.parent.rglob("*")
        if path.is_file() and CANARY.encode() in path.read_bytes()
    ]
    # The host of the DAG file keeps nothing on disk either: no file holds the secret.
    assert holding == []
    if "postgresql" in world.url:
        engine = sa.create_engine(world.url)
        with engine.connect() as tx:
            rows = [
                str(tx.exec_driver_sql(f'SELECT * FROM "{name}"').all())
                for name in sa.inspect(tx).get_table_names()
            ]
            specs = tx.exec_driver_sql("SELECT convert_from(spec, 'UTF8') FROM dag_version").all()
        engine.dispose()
        assert CANARY not in str(rows) + str(specs)
    engine_pid = ostro.engine_pid()
    assert engine_pid is not None
    os.kill(engine_pid, signal.SIGKILL)
    world.open("secret")
    assert ostro.wait_run("secrets", run)["state"] == "success"
    assert ostro.xcom("secrets", run, "deferred") is True
    assert ostro.xcom("secrets", run, "starts") is True


def test_sensors_that_start_in_their_trigger(world: World) -> None:
    ostro = world.ostro
    run = ostro.trigger("sensors")
    assert ostro.wait_run("sensors", run)["state"] == "success"
    assert ostro.task_states("sensors", run) == {"moment": ["success"], "time": ["success"]}


def test_kinds_of_waiting(world: World) -> None:
    ostro = world.ostro
    ostro.post("/variables", {"key": "said", "value": "hello"})
    run = ostro.trigger("kinds")
    world.wait_states("kinds", run, "plain", "deferred")
    world.wait_states("kinds", run, "too_long", "failed")
    world.wait_states("kinds", run, "skipped", "skipped")
    instance = ostro.get(f"/dags/kinds/dagRuns/{run}/taskInstances/from_trigger")
    assert instance["state"] == "deferred"
    assert instance["trigger"]["classpath"].endswith(".Gate")
    world.open("kinds")
    assert ostro.wait_run("kinds", run)["state"] == "failed"
    states = ostro.task_states("kinds", run)
    assert states == {
        "plain": ["success"], "from_trigger": ["success"], "all_in_trigger": ["success"], "too_long": ["failed"],
        "skipped": ["skipped"],
    }  # fmt: skip
    path = str(world.gate) + "-kinds"
    assert ostro.xcom("kinds", run, "plain") == [["hello", "hello"], "plain", 1]
    assert ostro.xcom("kinds", run, "from_trigger") == path
    assert ostro.xcom("kinds", run, "all_in_trigger") == path


def test_a_cleared_task_waits_anew(world: World) -> None:
    ostro = world.ostro
    run = ostro.trigger("cleared")
    world.wait_states("cleared", run, "one", "deferred")
    before = ostro.get(f"/dags/cleared/dagRuns/{run}/taskInstances/one")["trigger"]["id"]
    ostro.post(
        "/dags/cleared/clearTaskInstances", {"dry_run": False, "dag_run_id": run, "only_failed": False}
    )

    def again() -> bool:
        instance = ostro.get(f"/dags/cleared/dagRuns/{run}/taskInstances/one")
        return instance["state"] == "deferred" and instance["trigger"]["id"] != before

    wait_for(again, seconds=30, what="another trigger")
    world.open("cleared")
    assert ostro.wait_run("cleared", run)["state"] == "success"
    assert ostro.xcom("cleared", run, "one")[2] == 2


def test_two_hundred_tasks_wait_while_triggers_and_engine_are_killed(world: World) -> None:
    ostro = world.ostro
    run = ostro.trigger("many")

    def waiting() -> int:
        path = f"/dags/many/dagRuns/{run}/taskInstances"
        return int(ostro.get(path, state="deferred", limit=1)["total_entries"])

    wait_for(lambda: waiting() == 200, seconds=60, what="200 deferred tasks")
    (first,) = wait_for(world.triggerers, seconds=10, what="a process with triggers")
    os.kill(first, signal.SIGKILL)
    wait_for(
        lambda: world.triggerers() not in ([], [first]), seconds=10, what="another process with triggers"
    )
    engine = ostro.engine_pid()
    assert engine is not None
    before = world.triggerers()
    os.kill(engine, signal.SIGKILL)
    wait_for(lambda: ostro.engine_pid() not in (None, engine), seconds=30, what="another engine")
    wait_for(lambda: not set(before) & set(world.triggerers()), seconds=10, what="the end of its triggers")
    world.open("many")
    assert ostro.wait_run("many", run, seconds=120)["state"] == "success"
    rows: list[Any] = []
    for offset in (0, 100):
        rows += ostro.get(f"/dags/many/dagRuns/{run}/taskInstances", limit=100, offset=offset, task_id="w")[
            "task_instances"
        ]
    assert len(rows) == 200
    assert {row["try_number"] for row in rows} == {1}
    assert violations(world.url) == []


def test_a_watcher_makes_runs_also_after_its_process_was_killed(world: World) -> None:
    ostro = world.ostro
    inbox = world.gate.with_name(f"{world.gate.name}-inbox")
    inbox.mkdir()

    def read() -> set[str]:
        """Files that runs were told of."""
        runs = ostro.get("/dags/watches/dagRuns", limit=100, state="success")["dag_runs"]
        return {name for run in runs for name in ostro.xcom("watches", run["dag_run_id"], "read")}

    (inbox / "one").touch()
    wait_for(lambda: read() == {"one"}, seconds=30, what="a run for the first file")
    for pid in world.triggerers():
        os.kill(pid, signal.SIGKILL)
    (inbox / "two").touch()
    # A watcher that starts anew sees what was there before: it is its to know what it has told.
    wait_for(lambda: read() == {"one", "two"}, seconds=30, what="a run for the second file")


def test_people_answer(world: World) -> None:
    ostro = world.ostro
    run = ostro.trigger("people")
    world.wait_states("people", run, "ask", "awaiting_input")
    world.wait_states("people", run, "after", "success")
    world.wait_states("people", run, "never", "failed")
    (detail,) = ostro.get("/dags/people/dagRuns/~/hitlDetails", response_received="false", task_id="ask")[
        "hitl_details"
    ]
    assert (detail["subject"], detail["options"]) == ("Release people?", ["Approve", "Reject"])
    one = f"/dags/people/dagRuns/{run}/taskInstances/{{}}/-1/hitlDetails"
    ostro.patch(one.format("ask"), {"chosen_options": ["Approve"]})
    world.wait_states("people", run, "form", "awaiting_input")
    ostro.patch(one.format("form"), {"chosen_options": ["OK"], "params_input": {"n": 41}})
    world.wait_states("people", run, "where", "awaiting_input")
    ostro.patch(one.format("where"), {"chosen_options": ["there"]})
    old = ostro.get("/dags/people/dagRuns/~/hitlDetails", task_id="old_way")["hitl_details"]
    assert [(each["subject"], each["options"]) for each in old] == [("The old way?", ["yes", "no"])]
    ostro.patch(one.format("old_way"), {"chosen_options": ["yes"], "params_input": {"n": 6}})
    ostro.wait_run("people", run)
    assert ostro.xcom("people", run, "old_way") == [["yes"], 6, 7]
    states = ostro.task_states("people", run)
    assert (states["here"], states["there"]) == (["skipped"], ["success"])
    assert ostro.xcom("people", run, "count") == 42
    assert ostro.xcom("people", run, "ask")["responded_by_user"] == {"id": "admin", "name": "admin"}
    rejected = ostro.trigger("people")
    world.wait_states("people", rejected, "ask", "awaiting_input")
    ostro.patch(one.replace(run, rejected).format("ask"), {"chosen_options": ["Reject"]})
    world.wait_states("people", rejected, "form", "skipped")
