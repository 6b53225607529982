"""Logs that belong to no try of a task."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from ostro.api.logs.files import LogFile
from ostro.api.ui import log_answers
from ostro.logfiles import log_path, run_log_path, watcher_log_path
from ostro.spec.dag import WatcherSpec
from ostro.store import watchers

from .conftest import World, task

WATCHER = WatcherSpec(
    name="files", classpath="m.W", kwargs={"n": 1}, asset_name="inbox", asset_uri="x://inbox"
)


def write(path: Path, *events: str, **more: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps({"event": event, "level": "info", **more}, separators=(",", ":")) for event in events]
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
    assert lite.get(f"{path}/contents")["lines"] == 3
    assert "INFO two" in lite.client.get(f"{path}/text").text
    second = len(b'{"event":"one","level":"info"}\n')
    assert f'"at":[{second}]' in lite.client.get(f"{path}/search", params={"q": "TWO"}).text
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
    assert [one["name"] for one in lite.get("/ui/dags/d/watchers")] == ["files"]
    assert lite.get("/ui/dags/d/watchers")[0]["asset_uri"] == "x://inbox"


def test_a_watcher_log_that_begins_anew_is_told(lite: World) -> None:
    lite.dag(task("a"), watchers=(WATCHER,))
    with lite.store.read() as tx:
        (row,) = watchers.of_dag(tx, "d")
    write(watcher_log_path(lite.logs, row.key), "new")
    # A stream of a closed server says what it has, and ends.
    lite.app.state.tail.close()
    said = lite.client.get("/ui/dags/d/watchers/files/log/tail", params={"offset": 5_000}).text
    assert said.index("event: anew") < said.index('"event":"new"')


def test_parts_of_a_log(lite: World) -> None:
    """Lines of the trigger and of callbacks stand in the log of the try; each can be read alone."""
    lite.dag(task("a"))
    run = lite.run()
    lite.states(run, a="success")
    path = log_path(lite.logs, "d", "r", "a", -1, 1)
    lines = [
        {"event": "own"},
        {"event": "fired", "said_by": "trigger"},
        {"event": "told", "said_by": "callback"},
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines))
    at = "/ui/dags/d/runs/r/tasks/a/logs/1"
    assert lite.get(f"{at}/contents")["parts"] == {"task": 1, "trigger": 1, "callback": 1}
    for part, event in (("task", "own"), ("trigger", "fired"), ("callback", "told")):
        assert events(lite.get(at, part=part)) == [event]
        assert events(lite.get(at, part=part, tail=5)) == [event]


def test_numbers_of_lines(lite: World) -> None:
    lite.dag(task("a"))
    run = lite.run()
    lite.states(run, a="success")
    path = log_path(lite.logs, "d", "r", "a", -1, 1)
    path.parent.mkdir(parents=True, exist_ok=True)
    # One line is longer than the blocks in which lines are counted.
    lines = [b"first", b"x" * 1_500_000, *(b"line %d" % n for n in range(200_000))]
    path.write_bytes(b"\n".join(lines) + b"\n")
    at = "/ui/dags/d/runs/r/tasks/a/logs/1/contents"
    begins = [0]
    for line in lines:
        begins.append(begins[-1] + len(line) + 1)
    for number in (1, 2, 3, 4, 100_000, 200_002):
        found = lite.get(at, line=number)
        assert (found["line"], found["at"]) == (number, begins[number - 1])
        assert lite.get(at, at=begins[number - 1])["line"] == number
    assert lite.get(at, line=10_000_000)["at"] == begins[200_001]


def test_the_newest_try_is_number_0(lite: World) -> None:
    lite.dag(task("a"))
    run = lite.run()
    lite.states(run, a="success")
    write(log_path(lite.logs, "d", "r", "a", -1, 1), "newest")
    page = lite.get("/ui/dags/d/runs/r/tasks/a/logs/0", tail=10)
    assert (events(page), page["try_number"]) == (["newest"], 1)
    # The page asks before it knows whether there is one.
    page = lite.get("/ui/dags/d/runs/r/tasks/none/logs/0", tail=10)
    assert (page["lines"], page["try_number"]) == ([], 0)


def test_hostile_lines(lite: World) -> None:
    """Whatever stands in the file: each line is one line, its fields are texts, and nothing is refused."""
    lite.dag(task("a"))
    run = lite.run()
    lite.states(run, a="success")
    path = log_path(lite.logs, "d", "r", "a", -1, 1)
    path.parent.mkdir(parents=True, exist_ok=True)
    forged = {
        "event": 'x\r\n{"timestamp":"2026","level":"info","event":"forged"}\x1b[2K\x1b[1A',
        "level": "info",
    }
    hostile = [
        json.dumps(forged).encode(),
        b'{"event":null,"level":["a"],"logger":{"b":1},"timestamp":7,"said_by":[]}',
        b"\xff\xfe\x00binary\x00",
        b'{"event":"' + b"y" * 10_000_000 + b'"}',
        b"[1,2]",
        b'{"event":"last"}',
    ]
    path.write_bytes(b"\n".join(hostile) + b"\n")
    at = "/ui/dags/d/runs/r/tasks/a/logs/1"
    found, offset = [], 0
    while True:
        page = lite.get(at, offset=offset)
        found += page["lines"]
        offset = page["next"]
        if offset >= page["size"]:
            break
    assert found[0]["event"] == forged["event"]
    assert all(isinstance(line[name], str) for line in found for name in ("event", "level"))
    assert (found[1]["level"], found[1]["timestamp"], found[1]["logger"]) == ('["a"]', "7", '{"b":1}')
    assert "binary" in found[2]["event"]
    assert found[-1]["event"] == "last"
    for wanted in ({"level": "error"}, {"source": "x"}, {"part": "trigger"}, {"part": "task"}):
        lite.get(at, **wanted)
    assert '"at":[' in lite.client.get(f"{at}/search", params={"q": "last"}).text


@pytest.mark.parametrize("name", ["a\r\nSet-Cookie: x=1", 'a"; filename="b', "a\\", "로그\x00"])
def test_a_name_in_a_header_stays_there(tmp_path: Path, name: str) -> None:
    """S21: names of watchers are whatever the author of a DAG wrote."""
    file = LogFile(tmp_path / "none.log", complete=True)
    header = log_answers.text(f"{name}.log", lambda: file).headers["content-disposition"]
    assert re.fullmatch(r'attachment; filename="[ !#-\[\]-~]+\.log"', header)
