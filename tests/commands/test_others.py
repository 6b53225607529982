"""Pause, delete, notes, pools, variables, connections."""

from __future__ import annotations

import pytest

from commands.conftest import World, line
from ostro import commands
from ostro.errors import AlreadyExists, BadRequest, NotAllowed, NotFound
from ostro.states import TaskState
from ostro.store import (
    Cipher,
    ConnectionRecord,
    Pool,
    Variable,
    connections,
    instances,
    pools,
    runs,
    specs,
    variables,
)


def test_pause(world: World) -> None:
    world.dag(*line("a"))
    world.dag(*line("a"), dag_id="e")

    assert commands.pause_dag(*world.here, dag_id="d", paused=False)
    assert not commands.pause_dag(*world.here, dag_id="d", paused=False)
    assert commands.pause_dags(*world.here, dag_ids=["d", "e", "nobody"], paused=True) == ["d"]
    with pytest.raises(NotFound):
        commands.pause_dag(*world.here, dag_id="nobody", paused=True)
    assert world.wake.calls == [([], ["d"])] * 2


def test_delete_a_run(world: World) -> None:
    spec = world.dag(*line("a"))
    done, busy = world.run(spec, {"a": "success"}), world.run(spec, {"a": "running"}, days=1, state="running")

    commands.delete_run(*world.here, dag_id="d", run_id="r0")

    with world.store.read() as tx:
        assert runs.load_runs(tx, [done.id]) == [] and instances.load_instances(tx, [done.id]) == []
    with pytest.raises(NotAllowed):
        commands.delete_run(*world.here, dag_id="d", run_id="r1")
    assert world.states(busy) == {"a": "running"}


def test_delete_a_dag(world: World) -> None:
    spec = world.dag(*line("a"))
    run = world.run(spec, {"a": "running"}, state="running")

    with pytest.raises(NotAllowed, match="still running"):
        commands.delete_dag(*world.here, dag_id="d")
    commands.mark_tasks(*world.here, dag_id="d", run_id="r0", tasks=["a"], state=TaskState.SUCCESS)
    commands.delete_dag(*world.here, dag_id="d")

    with world.store.read() as tx:
        assert specs.dag_summary(tx, "d") is None and runs.load_runs(tx, [run.id]) == []
    with pytest.raises(NotFound):
        commands.delete_dag(*world.here, dag_id="d")


def test_notes(world: World) -> None:
    run = world.run(world.dag(*line("a")), {})

    commands.set_run_note(*world.here, dag_id="d", run_id="r0", note="look", user="ann")
    commands.set_task_note(*world.here, dag_id="d", run_id="r0", task_id="a", note="here")

    assert world.again(run).note == "look"
    with pytest.raises(BadRequest, match="1000"):
        commands.set_run_note(*world.here, dag_id="d", run_id="r0", note="x" * 1001)
    with pytest.raises(NotFound):
        commands.set_task_note(*world.here, dag_id="d", run_id="r0", task_id="a", map_index=3, note="x")


def test_only_one_task(world: World) -> None:
    world.dag(*line("a", "b", "c"))
    run = commands.trigger_run(*world.here, dag_id="d")

    with world.store.begin() as tx:
        commands.only_task_in(tx, world.clock, run=run, task_id="b")
        with pytest.raises(NotFound):
            commands.only_task_in(tx, world.clock, run=run, task_id="nobody")

    assert world.states(run) == {"b": "none"}


def test_pools(world: World) -> None:
    commands.create_pool(*world.here, pool=Pool(name="p", slots=2))
    commands.set_pool(*world.here, pool=Pool(name="p", slots=3))

    with world.store.read() as tx:
        assert pools.sizes(tx)["p"].slots == 3
    with pytest.raises(AlreadyExists):
        commands.create_pool(*world.here, pool=Pool(name="p", slots=2))
    for pool in (Pool(name="", slots=1), Pool(name="x" * 300, slots=1), Pool(name="q", slots=-2)):
        with pytest.raises(BadRequest):
            commands.set_pool(*world.here, pool=pool)
    with pytest.raises(NotAllowed):
        commands.delete_pools(*world.here, names=["p", "default_pool"])
    assert commands.delete_pools(*world.here, names=["p"]) == 1
    assert len(world.wake.calls) == 3


def test_variables_and_connections(world: World) -> None:
    cipher = Cipher([Cipher.new_key()])
    here = (world.store, world.clock)
    commands.create_variable(*here, variable=Variable(key="v", value="1"), cipher=cipher)
    commands.set_variable(*here, variable=Variable(key="v", value="2"), cipher=cipher)
    with pytest.raises(AlreadyExists):
        commands.create_variable(*here, variable=Variable(key="v", value="1"), cipher=cipher)
    with pytest.raises(BadRequest):
        commands.set_variable(*here, variable=Variable(key="", value="1"), cipher=cipher)

    commands.create_connection(*here, connection=ConnectionRecord(conn_id="c", host="h"), cipher=cipher)
    commands.set_connection(
        *here, connection=ConnectionRecord(conn_id="c", host="i", extra='{"a": 1}'), cipher=cipher
    )
    with pytest.raises(AlreadyExists):
        commands.create_connection(*here, connection=ConnectionRecord(conn_id="c"), cipher=cipher)
    for bad in (
        ConnectionRecord(conn_id="a b"),
        ConnectionRecord(conn_id="c", extra="["),
        ConnectionRecord(conn_id="c", extra="[]"),
    ):
        with pytest.raises(BadRequest):
            commands.set_connection(*here, connection=bad, cipher=cipher)

    with world.store.read() as tx:
        assert variables.get_value(tx, "v", cipher) == "2"
        found = connections.get(tx, "c", cipher)
    assert found is not None and found.host == "i"
    assert (
        commands.delete_variables(*here, keys=["v"])
        == commands.delete_connections(*here, conn_ids=["c"])
        == 1
    )
