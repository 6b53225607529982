"""The whole app over a real store; no socket, no engine."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from ostro.api.app import create_app
from ostro.api.auth.passwords import hash_password
from ostro.api.deps import ApiConfig, Deps
from ostro.logfiles import log_path
from ostro.records import Move, RunRecord, XComRow
from ostro.rules.runs import initial_instances
from ostro.spec import DagSpec, TaskSpec, Topology, decode
from ostro.states import RunState, TaskState
from ostro.store import (
    Cipher,
    RunMove,
    Store,
    accounts,
    instances,
    rendered,
    runs,
    sealed,
    sessions,
    specs,
    transitions,
    xcoms,
)
from store import made
from store.conftest import db, postgresql_template, sqlite_template, store_url

__all__ = ["db", "postgresql_template", "sqlite_template", "store_url"]

PASSWORD = "correct horse battery staple"


@cache
def _hashed() -> str:
    return hash_password(PASSWORD)


class Clock:
    """Stands still until told."""

    def __init__(self) -> None:
        self.at = made.NOW
        self.mono = 0.0

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.mono

    def advance(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
        self.mono += seconds


class World:
    """A store, the app over it, and short words to make things."""

    def __init__(self, store: Store, folder: Path, **config: Any) -> None:
        self.store = store
        cipher = Cipher([Cipher.new_key()])
        sealed.use(store, lambda: cipher)
        self.clock = Clock()
        self.woken: list[tuple[list[int], list[str]]] = []
        self.logs = folder / "logs"
        self.static = folder / "static"
        with store.begin() as tx:
            self.admin = accounts.insert_user(tx, "admin", _hashed(), roles=["Admin"], now=self.clock.now())
        self.deps = Deps(
            store=store,
            clock=self.clock,
            cipher=cipher,
            config=ApiConfig(token_key=b"k" * 32, log_folder=self.logs, **config),
            wake=lambda runs, dags: self.woken.append((list(runs), list(dags))),
            static_folder=self.static,
        )
        self.app = create_app(self.deps)
        self.client = TestClient(self.app, raise_server_exceptions=True)

    def sign_in(self, name: str = "admin") -> str:
        """A token as a login gives it, without the time that checking a password takes."""
        token: str = self.app.state.tokens.issue(name, now=self.clock.now(), lifetime=timedelta(days=1))
        claims = self.app.state.tokens.read(token, now=self.clock.now())
        with self.store.begin() as tx:
            user = accounts.find_user(tx, name)
            assert user is not None
            sessions.add_token(
                tx,
                claims.token_id,
                user.id,
                kind="api",
                now=self.clock.now(),
                expires_at=claims.expires_at,
            )
        self.client.headers["Authorization"] = f"Bearer {token}"
        return token

    # ---- requests --------------------------------------------------------------------------------------------

    def get(self, path: str, status: int = 200, **params: Any) -> Any:
        answer = self.client.get(path, params=params)
        assert answer.status_code == status, answer.text
        return answer.json()

    def api(self, path: str, status: int = 200, **params: Any) -> Any:
        return self.get("/api/v2" + path, status, **params)

    def send(self, method: str, path: str, body: Any = None, status: int = 200, **params: Any) -> Any:
        answer = self.client.request(method, "/api/v2" + path, json=body, params=params)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    # ---- things --------------------------------------------------------------------------------------------------

    def dag(self, *tasks: TaskSpec, dag_id: str = "d", **more: Any) -> DagSpec:
        spec = DagSpec(dag_id=dag_id, tasks=tasks, **more)
        with self.store.begin() as tx:
            made.save(tx, spec, path=f"{dag_id}.py")
            specs.set_paused(tx, [dag_id], False)
        return spec

    def run(
        self, dag_id: str = "d", run_id: str = "r", *, state: RunState = RunState.RUNNING, **more: Any
    ) -> RunRecord:
        """A run with its instances, all without state."""
        more.setdefault("start_date", made.NOW)
        with self.store.begin() as tx:
            run = made.run(tx, run_id, dag_id, state=state, **more)
            topology = Topology(decode(specs.load_spec(tx, run.version_id)))
            instances.insert_instances(tx, initial_instances(topology, run, run.version_id))
        return run

    def states(self, run: RunRecord, **states: str) -> None:
        """Give instances states the short way: start and end them."""
        with self.store.begin() as tx:
            rows = {r.task_id: r for r in instances.load_instances(tx, [run.id]) if r.map_index < 0}
            for task_id, state in states.items():
                row = rows[task_id]
                wanted = TaskState(state)
                if wanted in (TaskState.SUCCESS, TaskState.FAILED, TaskState.RUNNING):
                    attempt = f"0193-{run.id}-{row.id}-{row.try_number + 1}"
                    moves = [made.start(row.id, attempt, row.state, try_number=row.try_number + 1)]
                    if wanted is not TaskState.RUNNING:
                        end = made.NOW + timedelta(seconds=2)
                        cause = {"kind": "exception", "text": "boom"} if wanted is TaskState.FAILED else None
                        moves.append(
                            Move(ti=row.id, before=TaskState.RUNNING, after=wanted, end_date=end, cause=cause)
                        )
                else:
                    moves = [Move(ti=row.id, before=row.state, after=wanted)]
                for one in moves:
                    assert all(transitions.apply_moves(tx, [one], made.NOW))

    def ends(self, run: RunRecord, state: RunState) -> None:
        with self.store.begin() as tx:
            move = RunMove(
                id=run.id, before=RunState.RUNNING, after=state, end_date=made.NOW + timedelta(seconds=9)
            )
            assert all(runs.move_runs(tx, [move], made.NOW))

    def xcom(self, run: RunRecord, task_id: str, key: str, value: bytes, map_index: int = -1) -> None:
        with self.store.begin() as tx:
            row = XComRow(task_id=task_id, key=key, value=value, map_index=map_index)
            xcoms.put(tx, run.id, [row], made.NOW)

    def rendered(self, run: RunRecord, task_id: str, fields: bytes) -> None:
        with self.store.begin() as tx:
            (row,) = [r for r in instances.load_instances(tx, [run.id]) if r.task_id == task_id]
            rendered.put(tx, row.id, fields)

    def log(self, run: RunRecord, task_id: str, *lines: str, try_number: int = 1) -> Path:
        path = log_path(self.logs, run.dag_id, run.run_id, task_id, -1, try_number)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a") as file:
            file.writelines(line + "\n" for line in lines)
        return path


def task(task_id: str, *upstream: str, **more: Any) -> TaskSpec:
    return TaskSpec(task_id=task_id, operator="PythonOperator", upstream=tuple(sorted(upstream)), **more)


@pytest.fixture
def world(db: Store, tmp_path: Path) -> Iterator[World]:
    """The app over each kind of database; signed in."""
    made_world = World(db, tmp_path)
    made_world.sign_in()
    yield made_world
    made_world.app.state.tail.close()


@pytest.fixture
def lite(tmp_path: Path, sqlite_template: Path) -> Iterator[World]:
    """The app over SQLite, for what has nothing to do with the database; signed in."""
    import shutil

    path = tmp_path / "ostro.db"
    shutil.copy(sqlite_template, path)
    store = Store.open(f"sqlite:///{path}")
    made_world = World(store, tmp_path)
    made_world.sign_in()
    yield made_world
    made_world.app.state.tail.close()
    store.dispose()
