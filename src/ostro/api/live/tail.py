"""Follows the database and tells every open page what changed.

One thread, alive only while somebody listens, looks for changes a few times a second and hands them to the event loop.
Each listener has a small mailbox that collects the newest state of each thing, so a slow listener gets less, not later: when its
mailbox grows over `MAX_PENDING` it is emptied and the listener is told to read everything again.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator
from typing import Any

from ostro.api.live import sse
from ostro.errors import StoreError
from ostro.store.engine import Store
from ostro.store.views.changes import Changes, InstanceChange, Position, RunChange, changes_since, position
from ostro.store.watch import Watch

log = logging.getLogger("ostro.api")

#: Seconds between two looks at the database while somebody listens.
INTERVAL = {"sqlite": 0.05, "postgresql": 0.2}
#: Seconds between two messages to one listener: several changes travel together.
COLLECT = 0.2
#: Most changes that wait for one listener.
MAX_PENDING = 5_000
#: More changed instances of one run than this are told as one change of the run.
MAX_INSTANCES_PER_RUN = 200
#: Seconds to wait for a row with a lower number that is not visible yet (PostgreSQL), and how many to wait for.
HOLE_LIFETIME = 10.0
MAX_HOLES = 1_000
#: Rows before a position that a page names which are told again: some may not have been visible when it was read (PostgreSQL).
MOST_LATE = 50


class Listener:
    """One open page: what it wants and what waits for it. Used in the event loop only."""

    def __init__(self, dag_id: str | None, readable: frozenset[str] | None = None) -> None:
        self.dag_id = dag_id
        self.readable = readable
        self.at = Position()
        self.arrived = asyncio.Event()
        self._instances: dict[tuple[str, str, str, int], InstanceChange] = {}
        self._runs: dict[tuple[str, str], RunChange] = {}
        self._dags: set[str] = set()
        self._import_errors = False
        self._assets = False
        self._reset = False

    def put(self, changes: Changes) -> None:
        """Collect what concerns this page."""
        for instance in changes.instances:
            if self._concerns(instance.dag_id):
                self._instances[(instance.dag_id, instance.run_id, instance.task_id, instance.map_index)] = (
                    instance
                )
        for run in changes.runs:
            if self._concerns(run.dag_id):
                self._runs[(run.dag_id, run.run_id)] = run
        self._dags.update(d for d in changes.dags if self._concerns(d))
        self._import_errors = self._import_errors or changes.import_errors
        # What the event says names no asset, so everybody may hear it.
        self._assets = self._assets or (changes.assets and self.dag_id is None)
        self.at = changes.position
        if changes.overflow or len(self._instances) + len(self._runs) + len(self._dags) > MAX_PENDING:
            self._reset = True
        if self._reset:
            self._instances.clear()
            self._runs.clear()
            self._dags.clear()
        has_more = self._import_errors or self._assets
        if self._reset or self._instances or self._runs or self._dags or has_more:
            self.arrived.set()

    def _concerns(self, dag_id: str) -> bool:
        return self.dag_id in (None, dag_id) and (self.readable is None or dag_id in self.readable)

    def take(self) -> bytes:
        """What waits, as one event; the mailbox is empty afterwards."""
        self.arrived.clear()
        version = self.at.encode()
        if self._reset:
            self._reset = self._import_errors = self._assets = False
            return sse.event("reset", {"version": version}, id=version)
        events: list[dict[str, Any]] = [_run_event(r) for r in self._runs.values()]
        per_run: dict[tuple[str, str], list[InstanceChange]] = {}
        for change in self._instances.values():
            per_run.setdefault((change.dag_id, change.run_id), []).append(change)
        for key, changes in per_run.items():
            if len(changes) <= MAX_INSTANCES_PER_RUN:
                events += [_instance_event(c) for c in changes]
            elif key not in self._runs:
                events.append(
                    {"kind": "run", "dag_id": key[0], "run_id": key[1], "state": None, "run_type": None}
                )
        events += [{"kind": "dag", "dag_id": d} for d in sorted(self._dags)]
        if self._import_errors:
            events.append({"kind": "import_errors"})
        if self._assets:
            events.append({"kind": "assets"})
        self._instances.clear()
        self._runs.clear()
        self._dags.clear()
        self._import_errors = self._assets = False
        return sse.event("change", {"version": version, "events": events}, id=version)


class Tail:
    """The thread that follows the database, and its listeners."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._listeners: set[Listener] = set()
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def follow(
        self, dag_id: str | None, since: str | None, *, readable: frozenset[str] | None = None
    ) -> AsyncIterator[bytes]:
        """Events for one page, until it goes away. `since` is a position that it knows, as text.

        `readable`: only of these DAGs; None = of all.
        """
        self._loop = asyncio.get_running_loop()
        known = Position.decode(since) if since else None
        # In this order nothing is lost: listen, look where the tail is, then see that the thread follows from there.
        listener = Listener(dag_id, readable)
        with self._lock:
            self._listeners.add(listener)
        try:
            start = await asyncio.to_thread(self._position)
            listener.at = max(listener.at, start, key=lambda p: (p.ti, p.run))
            self._ensure_thread(start)
            yield sse.event("hello", {"version": (known or start).encode()}, id=(known or start).encode())
            if known is not None and known != start:
                listener.put(await asyncio.to_thread(self._missed, known))
            while not self._stopped.is_set():
                try:
                    await asyncio.wait_for(listener.arrived.wait(), sse.KEEPALIVE)
                except TimeoutError:
                    yield sse.COMMENT
                    continue
                if self._stopped.is_set():
                    break
                yield listener.take()
                await asyncio.sleep(COLLECT)
        finally:
            with self._lock:
                self._listeners.discard(listener)
            self._wake.set()

    def nudge(self) -> None:
        """Look at once: this process has just written something (its own commits it cannot notice on SQLite)."""
        self._wake.set()

    @property
    def is_closed(self) -> bool:
        """The server ends, and with it every stream."""
        return self._stopped.is_set()

    def close(self) -> None:
        """End the thread and all streams."""
        self._stopped.set()
        self._wake.set()
        with self._lock:
            listeners, thread = list(self._listeners), self._thread
        if self._loop is not None and not self._loop.is_closed():
            for listener in listeners:
                self._loop.call_soon_threadsafe(listener.arrived.set)
        if thread is not None:
            thread.join(timeout=5)

    # ---- the thread ------------------------------------------------------------------------------------------

    def _run(self, start: Position) -> None:
        watch: Watch | None = None
        reader = _Reader(self._store, start)
        try:
            while not self._stopped.is_set():
                with self._lock:
                    if not self._listeners:
                        self._thread = None
                        return
                nudged = self._wake.is_set()
                self._wake.clear()
                try:
                    watch = watch or Watch(self._store)
                    if watch.changed() or nudged or reader.holes:
                        self._publish(reader.read())
                except StoreError as error:
                    # The database is away: the pages stay open and get everything when it is back.
                    log.warning("live updates wait for the database: %s", error)
                    watch = None
                    self._stopped.wait(1.0)
                self._wake.wait(INTERVAL[self._store.dialect])
        finally:
            if watch is not None:
                watch.close()

    def _publish(self, changes: Changes) -> None:
        loop = self._loop
        if loop is None or loop.is_closed():
            return
        with self._lock:
            listeners = list(self._listeners)
        has_more = changes.import_errors or changes.assets or changes.overflow
        if changes.instances or changes.runs or changes.dags or has_more:
            loop.call_soon_threadsafe(_deliver, listeners, changes)

    def _position(self) -> Position:
        with self._store.read() as tx:
            return position(tx)

    def _missed(self, since: Position) -> Changes:
        """What came after `since`, and what had a lower number but was not visible yet when somebody saw it."""
        ti_late, run_late = (
            ((), ()) if self._store.dialect == "sqlite" else (_below(since.ti), _below(since.run))
        )
        with self._store.read() as tx:
            return changes_since(tx, since, ti_holes=ti_late, run_holes=run_late)

    def _ensure_thread(self, start: Position) -> None:
        with self._lock:
            if self._thread is None and not self._stopped.is_set():
                self._thread = threading.Thread(
                    target=self._run, args=(start,), name="ostro-tail", daemon=True
                )
                self._thread.start()


class _Reader:
    """Reads the tail from one position to the next, and again what was not visible yet."""

    def __init__(self, store: Store, at: Position) -> None:
        self._store = store
        self._keeps_order = store.dialect == "sqlite"
        self._at = at
        #: Missing numbers and how often they were looked for.
        self.holes: dict[tuple[str, int], int] = {}

    def read(self) -> Changes:
        ti_holes = [n for kind, n in self.holes if kind == "ti"]
        run_holes = [n for kind, n in self.holes if kind == "run"]
        with self._store.read() as tx:
            changes = changes_since(tx, self._at, ti_holes=ti_holes, run_holes=run_holes)
        if not self._keeps_order and not changes.overflow:
            self._note_holes(changes)
        self._at = changes.position
        return changes

    def _note_holes(self, changes: Changes) -> None:
        seen = {("ti", c.sequence) for c in changes.instances} | {("run", c.sequence) for c in changes.runs}
        looks = int(HOLE_LIFETIME / INTERVAL["postgresql"])
        self.holes = {k: n + 1 for k, n in self.holes.items() if k not in seen and n < looks}
        for kind, since, until in (
            ("ti", self._at.ti, changes.position.ti),
            ("run", self._at.run, changes.position.run),
        ):
            for number in range(max(since + 1, until - MAX_HOLES), until + 1):
                if (kind, number) not in seen and len(self.holes) < MAX_HOLES:
                    self.holes[(kind, number)] = 0


def _below(number: int) -> range:
    return range(max(number - MOST_LATE, 0) + 1, number + 1)


def _deliver(listeners: list[Listener], changes: Changes) -> None:
    for listener in listeners:
        listener.put(changes)


def _instance_event(change: InstanceChange) -> dict[str, Any]:
    return {
        "kind": "ti",
        "dag_id": change.dag_id,
        "run_id": change.run_id,
        "task_id": change.task_id,
        "map_index": change.map_index,
        "state": change.state,
        "try_number": change.try_number,
    }


def _run_event(change: RunChange) -> dict[str, Any]:
    return {
        "kind": "run",
        "dag_id": change.dag_id,
        "run_id": change.run_id,
        "state": change.state,
        "run_type": change.run_type,
    }
