"""The process of listeners: started, fed, started again; and the engine that never waits for it."""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ostro import events
from ostro.assembly.listeners import News
from ostro.protocol.listening import Purge, PurgeItem, Tell
from ostro.worker import listener
from ostro.worker.listener import ListenerProcess
from support.deadline import wait_for
from support.logs import entries

PLUGIN = """
import json, os
from airflow.listeners import hookimpl
from airflow.plugins_manager import AirflowPlugin


class Hears:
    @hookimpl
    def on_starting(self, component):
        self.note("starting")

    @hookimpl
    def before_stopping(self, component):
        self.note("stopping")

    @hookimpl
    def on_new_dag_import_error(self, filename, stacktrace):
        self.note(filename, stacktrace)
        if filename == "die":
            os._exit(3)

    @hookimpl
    def on_asset_created(self, asset):
        self.note("asset", asset.name, asset.uri, asset.extra)

    @hookimpl
    def on_asset_alias_created(self, asset_alias):
        self.note("alias", asset_alias.name, asset_alias.group)

    def note(self, *words):
        with open(os.environ["HEARD"], "a") as file:
            file.write(json.dumps(words) + "\\n")


class Mine(AirflowPlugin):
    name = "mine"
    listeners = [Hears()]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "plugins").mkdir()
    return tmp_path


@pytest.fixture
def started(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Makes a process over the plugins of the folder; `pump` waits until it says something."""
    monkeypatch.setattr(listener, "FIRST_WAIT", 0.01)
    made: list[ListenerProcess] = []
    environment = {**os.environ, "HEARD": str(folder / "heard"), "OSTRO_HOME": str(folder)}

    def start() -> tuple[ListenerProcess, list[str]]:
        warnings: list[str] = []
        process = ListenerProcess(
            engine=str(folder / "nowhere.sock"),
            plugins_folder=str(folder / "plugins"),
            environment=environment,
            warn=warnings.append,
        )
        made.append(process)
        return process, warnings

    yield start
    for process in made:
        process.close()


def heard(folder: Path) -> list[Any]:
    return entries(folder / "heard")


def pumped(process: ListenerProcess) -> bool:
    process.pump()
    ready = list(process.filenos())
    if ready:
        select.select(ready, [], [], 0.01)
    return True


def until(process: ListenerProcess, fact: Any, what: str) -> None:
    wait_for(lambda: pumped(process) and fact(), seconds=20, what=what)


def test_it_hears_what_it_asked_for(folder: Path, started: Any) -> None:
    (folder / "plugins" / "mine.py").write_text(PLUGIN)
    (folder / "plugins" / "wrong.py").write_text("Plugin = 1 / 0")
    process, warnings = started()
    process.tell(Tell(hook="on_new_dag_import_error", path="a.py", text="one"))
    process.tell(Tell(hook="on_asset_changed", asset={"name": "x", "uri": "x"}))

    until(process, lambda: len(heard(folder)) == 2, "the first words")
    process.close()

    assert heard(folder) == [["starting"], ["a.py", "one"], ["stopping"]]
    assert warnings == [
        "the plugin wrong.py cannot be used: ZeroDivisionError: division by zero (line 1); see ostro plugins"
    ]


def test_it_hears_of_new_assets_and_aliases(folder: Path, started: Any) -> None:
    (folder / "plugins" / "mine.py").write_text(PLUGIN)
    process, _ = started()
    news = News(process.tell)
    news(events.AssetCreated(asset={"name": "x", "uri": "s3://x/y", "group": "asset", "extra": {"a": 1}}))
    news(events.AssetAliasCreated(alias={"name": "y", "group": "g"}))

    until(process, lambda: len(heard(folder)) == 3, "the news")

    assert heard(folder)[1:] == [["asset", "x", "s3://x/y", {"a": 1}], ["alias", "y", "g"]]


def test_one_that_dies_is_started_again(folder: Path, started: Any) -> None:
    (folder / "plugins" / "mine.py").write_text(PLUGIN)
    process, warnings = started()
    process.tell(Tell(hook="on_new_dag_import_error", path="die"))

    until(process, lambda: warnings, "its death")
    process.tell(Tell(hook="on_new_dag_import_error", path="b.py"))
    until(process, lambda: ["b.py", ""] in heard(folder), "what came after")

    assert warnings[0].startswith("the process of listeners ended")


def test_without_listeners_it_is_let_go(folder: Path, started: Any) -> None:
    process, warnings = started()

    until(process, lambda: process.hooks is not None and not list(process.filenos()), "its end")
    process.tell(Tell(hook="on_starting"))
    process.pump()

    assert (list(process.filenos()), warnings) == ([], [])


def test_news_that_wait_are_bounded(folder: Path, started: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "plugins" / "mine.py").write_text(PLUGIN)
    monkeypatch.setattr(listener, "MOST", 3)
    process, warnings = started()
    for number in range(5):
        process.tell(Tell(hook="on_new_dag_import_error", path=f"{number}.py"))

    until(process, lambda: ["4.py", ""] in heard(folder), "the last one")

    assert [words[0] for words in heard(folder)] == ["2.py", "3.py", "4.py"]
    assert warnings == ["listeners of plugins are slower than the engine; the oldest news are dropped"]


def test_deleted_values_are_purged(folder: Path, started: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    store = folder / "store"
    kept = store / "d" / "r" / "t"
    kept.mkdir(parents=True)
    (kept / "one").write_text("1")
    monkeypatch.setenv("AIRFLOW__CORE__XCOM_BACKEND", "ostro.sdk.io.xcom_backend.XComObjectStorageBackend")
    monkeypatch.setenv("AIRFLOW__COMMON_IO__XCOM_OBJECTSTORAGE_PATH", f"file://{store}")
    process = ListenerProcess(
        engine="", plugins_folder=None, environment={**os.environ, "OSTRO_HOME": str(folder)}, warn=print
    )
    told: list[int] = []
    process.purged = told.extend
    values = [f'"file://{kept}/one"', f'"file://{kept}/gone"', '"no address"']
    process.purge(Purge(items=[PurgeItem(i, "d", "r", "t", "k", v.encode()) for i, v in enumerate(values)]))

    until(process, lambda: told, "the confirmation")
    process.close()

    assert (told, list(kept.iterdir())) == ([0, 1, 2], [])


def test_it_ends_with_the_engine(folder: Path, started: Any) -> None:
    (folder / "plugins" / "mine.py").write_text(PLUGIN)
    process, _ = started()
    until(process, lambda: heard(folder) == [["starting"]], "its start")
    pid = process._process.pid
    os.kill(pid, signal.SIGCONT)

    process._sock.close()

    wait_for(lambda: process._process.poll() is not None, seconds=20, what="its end")
