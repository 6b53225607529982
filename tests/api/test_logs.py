"""Logs: pages by byte offset, the whole as text, the live tail; and XComs."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ostro.api.logs import files, reader
from ostro.api.logs.files import LogFile
from ostro.api.public.routes import logs
from ostro.api.ui import log_answers, task_log_routes
from ostro.errors import NotFound, StoreUnavailable
from ostro.logfiles import log_path

from .conftest import World, task

LOGS = "/dags/d/dagRuns/r/taskInstances/a/logs"
PAGE = "/ui/dags/d/runs/r/tasks/a/logs"


def line(text: str, level: str = "info") -> str:
    return json.dumps(
        {"timestamp": "2026-01-01T00:00:00.000001Z", "level": level, "event": text, "logger": "x"}
    )


@pytest.fixture
def ended(world: World) -> World:
    world.dag(task("a"))
    run = world.run()
    world.states(run, a="success")
    world.log(run, "a", line("one"), line("two", "error"), "plain text")
    return world


class TestPublic:
    def test_the_full_content_of_a_long_log_comes_in_parts(
        self, ended: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """S21: what one answer may hold of the memory of the server is bounded."""
        monkeypatch.setattr(logs, "PAGE_LINES", 1)
        monkeypatch.setattr(logs, "MOST_AT_ONCE", len(line("one")) + 2)
        first = ended.api(f"{LOGS}/1", full_content=True)
        rest = ended.api(f"{LOGS}/1", full_content=True, token=first["continuation_token"])
        assert [[e["event"] for e in part["content"]] for part in (first, rest)] == [
            ["one", "two"],
            ["plain text"],
        ]
        assert rest["continuation_token"] is None

    def test_json(self, ended: World) -> None:
        found = ended.api(f"{LOGS}/1")
        assert [e["event"] for e in found["content"]] == ["one", "two", "plain text"]
        assert found["content"][0]["timestamp"] == "2026-01-01T00:00:00.000001Z"
        assert found["content"][1]["level"] == "error"
        assert found["continuation_token"] is None

    def test_text_and_lines_of_json(self, ended: World) -> None:
        text = ended.client.get(f"/api/v2{LOGS}/1", headers={"Accept": "text/plain"}).text
        assert text.splitlines()[0] == "[2026-01-01T00:00:00.000001Z] INFO one"
        lines = ended.client.get(
            f"/api/v2{LOGS}/1", headers={"Accept": "application/x-ndjson"}
        ).text.splitlines()
        assert json.loads(lines[2])["event"] == "plain text"

    def test_a_log_that_is_still_written_goes_on_with_a_token(self, world: World) -> None:
        world.dag(task("a"))
        run = world.run()
        world.states(run, a="running")
        path = world.log(run, "a", line("one"))
        with path.open("a") as file:
            file.write(line("half")[:20])
        found = world.api(f"{LOGS}/1")
        assert [e["event"] for e in found["content"]] == ["one"]
        token = found["continuation_token"]
        assert token
        with path.open("a") as file:
            file.write(line("half")[20:] + "\n")
        found = world.api(f"{LOGS}/1", token=token)
        assert [e["event"] for e in found["content"]] == ["half"]
        assert found["continuation_token"]

    def test_a_token_of_something_else_is_400(self, ended: World) -> None:
        ended.api(f"{LOGS}/1", 400, token="nonsense")

    def test_tries_that_never_were_are_404(self, ended: World) -> None:
        ended.api(f"{LOGS}/5", 404)
        ended.api("/dags/d/dagRuns/r/taskInstances/none/logs/1", 404)

    def test_a_try_without_a_file_has_no_lines(self, world: World) -> None:
        world.dag(task("a"))
        run = world.run()
        world.states(run, a="success")
        assert world.api(f"{LOGS}/1") == {"content": [], "continuation_token": None}

    def test_there_are_no_external_logs(self, ended: World) -> None:
        ended.api("/dags/d/dagRuns/r/taskInstances/a/externalLogUrl/1", 400)


class TestPage:
    def test_forwards_tail_and_backwards(self, world: World) -> None:
        world.dag(task("a"))
        run = world.run()
        world.states(run, a="success")
        world.log(run, "a", *(line(f"line {n}") for n in range(100)))
        first = world.get(f"{PAGE}/1", limit=10)
        assert [e["event"] for e in first["lines"]] == [f"line {n}" for n in range(10)]
        assert first["finished"] is False
        second = world.get(f"{PAGE}/1", offset=first["next"], limit=1000)
        assert second["lines"][0]["event"] == "line 10"
        assert second["finished"] is True
        assert second["next"] == second["size"]
        tail = world.get(f"{PAGE}/1", tail=5)
        assert [e["event"] for e in tail["lines"]] == [f"line {n}" for n in range(95, 100)]
        before = world.get(f"{PAGE}/1", before=tail["start"], limit=3)
        assert [e["event"] for e in before["lines"]] == ["line 92", "line 93", "line 94"]

    def test_text(self, ended: World) -> None:
        answer = ended.client.get(f"{PAGE}/1/text")
        assert answer.headers["content-disposition"] == 'attachment; filename="a-1.log"'
        assert "plain text" in answer.text

    def test_tail_of_a_log_that_is_over(self, ended: World) -> None:
        events = ended.client.get(f"{PAGE}/1/tail").text.split("\n\n")
        assert events[0].splitlines()[1] == "event: lines"
        assert len(json.loads(events[0].splitlines()[2].removeprefix("data: "))["lines"]) == 3
        assert events[1].splitlines()[1] == "event: end"
        end = json.loads(events[1].splitlines()[2].removeprefix("data: "))
        assert end["state"] == "success"
        again = ended.client.get(f"{PAGE}/1/tail", headers={"Last-Event-ID": str(end["next"])}).text
        assert "event: lines" not in again
        odd = ended.client.get(f"{PAGE}/1/tail", headers={"Last-Event-ID": "9" * 5_000})
        assert odd.text.startswith("id: ")

    def test_tail_follows_what_is_written(self, world: World) -> None:
        world.dag(task("a"))
        run = world.run()
        world.states(run, a="running")
        path = world.log(run, "a", line("one"))
        got: list[str] = []

        def listen() -> None:
            got.append(world.client.get(f"{PAGE}/1/tail").text)

        thread = threading.Thread(target=listen)
        thread.start()
        with path.open("a") as file:
            file.write(line("two") + "\n" + line("last, without a newline"))
        end_running(world)
        thread.join(timeout=30)
        assert not thread.is_alive()
        events = _lines(got[0])
        assert [e["event"] for e in events] == ["one", "two", "last, without a newline"]
        assert got[0].rstrip().splitlines()[-2] == "event: end"

    def test_tail_outlives_the_database_but_not_the_run(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        world.dag(task("a"))
        run = world.run()
        world.states(run, a="running")
        world.log(run, "a", line("one"))
        looks = iter([None, StoreUnavailable("it is away"), None, NotFound("the run was deleted")])

        def look(*given: Any) -> LogFile:
            error = next(looks)
            if error is not None:
                raise error
            return files.log_file(*given)

        monkeypatch.setattr(task_log_routes, "log_file", look)
        monkeypatch.setattr(log_answers, "ASK_EVERY", 0.0)
        told = world.client.get(f"{PAGE}/1/tail").text
        assert [e["event"] for e in _lines(told)] == ["one"]
        assert told.rstrip().splitlines()[-2] == "event: end"
        assert next(looks, "all used") == "all used"


def end_running(world: World) -> None:
    """The only instance of the only run ends well."""
    from datetime import timedelta

    from ostro.records import Move
    from ostro.states import TaskState
    from ostro.store import instances, transitions
    from store import made

    with world.store.begin() as tx:
        (row,) = instances.load_instances(tx, [1])
        move = Move(
            ti=row.id,
            before=TaskState.RUNNING,
            after=TaskState.SUCCESS,
            end_date=made.NOW + timedelta(seconds=1),
        )
        assert all(transitions.apply_moves(tx, [move], made.NOW))


def _lines(stream: str) -> list[dict[str, str]]:
    found = []
    for event in stream.split("\n\n"):
        if "event: lines" in event:
            found += json.loads(event.splitlines()[2].removeprefix("data: "))["lines"]
    return found


# ---- the reader by itself ------------------------------------------------------------------------------------------

TEXTS = st.lists(
    st.text(alphabet=st.characters(exclude_characters="\n", exclude_categories=["Cs"]), max_size=40),
    max_size=40,
)


@settings(max_examples=60, deadline=None)
@given(texts=TEXTS, limit=st.integers(1, 7), ends=st.booleans())
def test_pages_forwards_are_all_lines_once(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], limit: int, ends: bool
) -> None:
    path = tmp_path_factory.mktemp("log") / "x.log"
    data = "\n".join(texts) + ("\n" if ends and texts else "")
    path.write_bytes(data.encode())
    wanted = data.removesuffix("\n").split("\n") if data else []
    got: list[str] = []
    offset = 0
    while True:
        page = reader.forward(path, offset, limit, complete=True)
        if not page.lines:
            break
        got += [str(entry["event"]) for entry in page.lines]
        offset = page.next
    assert offset == len(data.encode())
    assert len(got) == len(wanted)


@settings(max_examples=60, deadline=None)
@given(count=st.integers(0, 60), limit=st.integers(1, 9), width=st.integers(0, 300))
def test_pages_backwards_are_all_lines_once(
    tmp_path_factory: pytest.TempPathFactory, count: int, limit: int, width: int
) -> None:
    path = tmp_path_factory.mktemp("log") / "x.log"
    wanted = [f"{n} " + "x" * width for n in range(count)]
    path.write_text("".join(text + "\n" for text in wanted))
    got: list[str] = []
    offset: int | None = None
    while True:
        page = reader.before(path, offset, limit, complete=True)
        if not page.lines:
            break
        got = [str(entry["event"]) for entry in page.lines] + got
        offset = page.start
    assert got == wanted


def test_lines_longer_than_a_block_are_found_from_the_end(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    wanted = [f"{n}" + "y" * 70_000 for n in range(10)]
    path.write_text("".join(text + "\n" for text in wanted))
    page = reader.before(path, None, 3, complete=True)
    assert [e["event"] for e in page.lines] == wanted[-3:]


def test_an_offset_inside_a_line_goes_to_the_next(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    path.write_text("one\ntwo\nthree\n")
    assert [e["event"] for e in reader.forward(path, 5, 10, complete=True).lines] == ["three"]
    assert reader.forward(path, 999, 10, complete=True).lines == []


def test_ids_never_lead_out_of_the_folder(tmp_path: Path) -> None:
    for odd in ("../../x", "/etc/passwd", "..", "a/../../b", "%2F", "\0"):
        path = log_path(tmp_path, odd, odd, odd, -1, 1)
        assert path.resolve().is_relative_to(tmp_path)
    assert (
        log_path(tmp_path, "d", "r", "t", 3, 2)
        == tmp_path / "dag_id=d/run_id=r/task_id=t.map_index=3.attempt=2.log"
    )


def test_ids_of_any_length_have_logs_of_their_own(tmp_path: Path) -> None:
    """Airflow allows ids of 250 characters, of several bytes each; a file's name has 255 bytes."""
    found = set()
    for task_id in ("é" * 249 + "a", "é" * 249 + "b"):
        path = log_path(tmp_path, task_id, task_id, task_id, 10**9, 10**6)
        path.parent.mkdir(parents=True)
        path.write_text("x")
        found.add(path)
    assert len(found) == 2


# ---- XComs -----------------------------------------------------------------------------------------------------------


class TestXComs:
    ENTRIES = "/dags/d/dagRuns/r/taskInstances/a/xcomEntries"

    @pytest.fixture
    def pushed(self, world: World) -> World:
        world.dag(task("a"))
        run = world.run()
        world.xcom(run, "a", "return_value", b'{"n":[1,2]}')
        world.xcom(run, "a", "folder/key", b'"text"')
        return world

    def test_list(self, pushed: World) -> None:
        found = pushed.api(self.ENTRIES)
        assert [x["key"] for x in found["xcom_entries"]] == ["folder/key", "return_value"]
        assert "value" not in found["xcom_entries"][0]
        assert (
            pushed.api("/dags/~/dagRuns/~/taskInstances/~/xcomEntries", xcom_key="return_value")[
                "total_entries"
            ]
            == 1
        )

    def test_value(self, pushed: World) -> None:
        found = pushed.api(f"{self.ENTRIES}/return_value")
        assert found["value"] == {"n": [1, 2]}
        assert found["task_display_name"] == "a"
        assert pushed.api(f"{self.ENTRIES}/return_value", stringify="true")["value"] == '{"n":[1,2]}'
        assert pushed.api(f"{self.ENTRIES}/folder/key")["value"] == "text"
        pushed.api(f"{self.ENTRIES}/none", 404)
        pushed.api(f"{self.ENTRIES}/return_value", 404, map_index=3)

    def test_write_and_delete(self, pushed: World) -> None:
        found = pushed.send("POST", self.ENTRIES, {"key": "new", "value": [1]}, 201)
        assert found["value"] == [1]
        pushed.send("POST", self.ENTRIES, {"key": "new", "value": 2}, 409)
        assert pushed.send("PATCH", f"{self.ENTRIES}/new", {"value": {"x": None}})["value"] == {"x": None}
        pushed.send("PATCH", f"{self.ENTRIES}/none", {"value": 1}, 404)
        pushed.send("DELETE", f"{self.ENTRIES}/new", status=204)
        pushed.send("DELETE", f"{self.ENTRIES}/new", status=404)
