"""XComs that are deleted with their runs are purged by the backend of the installation; on both databases."""

from __future__ import annotations

from collections.abc import Callable

from ostro import store
from ostro.protocol.listening import Purge
from ostro.records import XComRow
from ostro.scheduler.purge import PurgeXComs
from scheduler.conftest import Bench
from scheduler.test_engine import chain


class Client:
    """The process of listeners, as a list."""

    def __init__(self, purges: bool | None = True) -> None:
        self.purges = purges
        self.sent: list[Purge] = []
        self.purged: Callable[[list[int]], None] = lambda ids: None

    def purge(self, message: Purge) -> None:
        self.sent.append(message)


def with_client(bench: Bench, client: Client, *, noted: bool = True) -> None:
    if noted:
        store.purges.note_deleted(bench.store)
    bench.engine.services.append(PurgeXComs(client))


def ended_run(bench: Bench, run_id: str = "r1") -> int:
    run = bench.trigger("d", run_id)
    bench.executor.succeed("t0", xcoms=[XComRow(task_id="t0", key="k", value=b'"x"', map_index=-1)])
    bench.turn()
    return run


def delete(bench: Bench, run: int) -> None:
    with bench.store.begin() as tx:
        store.runs.delete_runs(tx, [run])
    bench.engine.wake([run], ["d"])
    bench.turn(2)


def waiting(bench: Bench) -> int:
    with bench.store.read() as tx:
        return len(store.purges.oldest(tx))


def test_a_deleted_run_is_purged_and_forgotten(bench: Bench) -> None:
    client = Client()
    with_client(bench, client)
    bench.add(chain("d", n=1))
    run = ended_run(bench)

    delete(bench, run)

    ((item,),) = [message.items for message in client.sent]
    assert (item.dag_id, item.run_id, item.task_id, item.key, item.value) == ("d", "r1", "t0", "k", b'"x"')
    assert waiting(bench) == 1
    client.purged([item.id])
    bench.turn()
    assert waiting(bench) == 0


def test_what_was_not_confirmed_is_sent_again(bench: Bench) -> None:
    client = Client()
    with_client(bench, client)
    bench.add(chain("d", n=1))
    delete(bench, ended_run(bench))
    bench.clock.advance(61)
    bench.turn()

    assert [len(message.items) for message in client.sent] == [1, 1]


def test_a_deleted_dag_and_a_deleted_value_are_purged(bench: Bench) -> None:
    client = Client(purges=None)
    with_client(bench, client)
    bench.add(chain("d", n=1))
    ended_run(bench)
    ended_run(bench, "r2")
    with bench.store.begin() as tx:
        store.xcoms.delete(tx, "d", "r1", "t0", "k")
        store.xcoms.delete(tx, "d", "r2", "t0", "k", is_purged=True)
    assert waiting(bench) == 1
    ended_run(bench, "r3")
    with bench.store.begin() as tx:
        store.specs.delete_dag(tx, "d")
    assert waiting(bench) == 2
    # Nothing is sent before the process has said whether it wants to know.
    assert client.sent == []
    client.purges = False
    bench.engine.services[-1].look_everywhere()
    bench.turn()
    assert (client.sent, waiting(bench)) == ([], 0)


def test_without_a_backend_nothing_is_noted(bench: Bench) -> None:
    bench.add(chain("d", n=1))
    delete(bench, ended_run(bench))

    assert waiting(bench) == 0
