"""Logs that belong to no try of a task."""

from __future__ import annotations

import json
from pathlib import Path

from ostro.logfiles import run_log_path, watcher_log_path
from ostro.spec.dag import WatcherSpec
from ostro.store import watchers

from .conftest import World, task

WATCHER = WatcherSpec(
    name="files", classpath="m.W", kwargs={"n": 1}, asset_name="inbox", asset_uri="x://inbox"
)


def write(path: Path, *events: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps({"event": event, "level": "info"}) for event in events]
    path.write_text("".join(f"{line}\n" for line in lines))


def events(page: dict) -> list[str]:  # type: ignore[type-arg]
    return [line["event"] for line in page["lines"]]


def test_callbacks_of_a_run(lite: World) -> None:
    lite.dag(task("a"))
    lite.run()
    path = "/ui/dags/d/runs/r/callbacks/log"
    assert events(lite.get(path)) == []
    write(run_log_path(lite.logs, "d", "r"), "one", "two", "three")
    assert events(lite.get(path)) == ["one", "two", "three"]
    assert events(lite.get(path, tail=2)) == ["two", "three"]
    assert events(lite.get(path, limit=1)) == ["one"]
    lite.get("/ui/dags/d/runs/none/callbacks/log", 404)


def test_a_watcher(lite: World) -> None:
    lite.dag(task("a"), watchers=(WATCHER,))
    with lite.store.read() as tx:
        (row,) = watchers.of_dag(tx, "d")
    write(watcher_log_path(lite.logs, row.key), "looked", "found one")
    path = "/ui/dags/d/watchers/files/log"
    assert events(lite.get(path)) == ["looked", "found one"]
    assert events(lite.get(path, asset="inbox")) == ["looked", "found one"]
    lite.get(path, 404, asset="other")
    lite.get("/ui/dags/d/watchers/none/log", 404)
