"""What the server does with names, numbers, texts and files that were made to harm it: nothing, quickly."""

from __future__ import annotations

import itertools
import os
import re
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from ostro.api.auth import guard
from ostro.api.failures import SlowDown
from ostro.api.live import sse

from . import matrix
from .conftest import World, task


def quickly(client: TestClient, url: str, **more: Any) -> Any:
    """The answer, which took less than a second of the processor, whatever else the machine does."""
    begun = time.process_time()
    answer = client.get(url, follow_redirects=False, **more)
    assert time.process_time() - begun < 1, url[:200]
    return answer


# ---- limits ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("depth", [200, 900, 10_000, 100_000])
def test_deep_json_is_no_defect(lite: World, depth: int) -> None:
    """S21: JSON as deep as it gets."""
    lite.dag(task("t"))
    client = TestClient(lite.app, raise_server_exceptions=False, headers=lite.client.headers)
    conf = "[" * depth + "]" * depth
    body = '{"logical_date": null, "conf": {"a": ' + conf + "}}"
    answer = client.post("/api/v2/dags/d/dagRuns", content=body.encode())
    assert answer.status_code < 500, answer.text
    assert answer.elapsed.total_seconds() < 5
    assert client.get("/api/v2/dags/d/dagRuns").status_code == 200


@pytest.mark.parametrize("limit", ["1000000000", "99999999999999999999999999"])
def test_a_page_has_an_end(lite: World, limit: str) -> None:
    lite.dag(task("t"))
    answer = lite.client.get("/api/v2/dags", params={"limit": limit})
    assert answer.status_code in (200, 422)
    assert lite.client.get("/api/v2/dags", params={"limit": -1}).status_code == 422


SLOW = ["%a" * 400 + "%b", "%_" * 400 + "b", "%" * 900, "(a+)+$" * 150, "a|" * 450, "\\\\" * 450, "[" * 500]


def test_no_filter_takes_long(lite: World) -> None:
    """S21: patterns that make simple matchers slow, in every filter of every list, on names as long as they get."""
    for number in range(20):
        lite.dag(task("a" * 240), dag_id="a" * 240 + str(number))
    lite.app.state.tail.close()
    client = TestClient(lite.app, raise_server_exceptions=False, headers=lite.client.headers)
    document = client.get("/openapi.json").json()
    asked = 0
    for path, methods in document["paths"].items():
        names = [p["name"] for p in methods.get("get", {}).get("parameters", ()) if p["in"] == "query"]
        wanted = [n for n in names if "pattern" in n or n in ("search", "q", "order_by", "cursor", "tags")]
        if "{" in path or not wanted:
            continue
        for text in SLOW:
            answer = quickly(client, path, params=dict.fromkeys(wanted[:8], text))
            assert answer.status_code < 500, (path, answer.text[:300])
            asked += 1
    assert asked > 50


def test_numbers_without_end_are_quick(lite: World) -> None:
    """S21: `limit=10**9` and the like, on every list, within a second."""
    lite.dag(task("t"))
    lite.app.state.tail.close()
    client = TestClient(lite.app, raise_server_exceptions=False, headers=lite.client.headers)
    for method, path in matrix.routes(lite):
        if method != "GET" or "{" in path or path == "/openapi.json":
            continue
        for huge in (10**9, 10**30, -1, "1e9", "0x10", "NaN", "9" * 5_000):
            answer = quickly(client, path, params={"limit": huge, "offset": huge})
            assert answer.status_code < 500, (path, str(huge)[:20], answer.text[:300])


def test_live_views_of_one_person_have_an_end() -> None:
    """S21: one person cannot take the streams of all others."""
    streams = sse.Streams()
    for _ in range(sse.MAX_OF_ONE):
        streams.check(1)
        streams._of[1] += 1
    with pytest.raises(SlowDown):
        streams.check(1)
    streams.check(2)
    for number in range(2, 2 + sse.MAX_STREAMS):
        streams._of[number] += 1
    with pytest.raises(SlowDown):
        streams.check(9_999)


# ---- files -------------------------------------------------------------------------------------------------------------

STEPS = [
    "..",
    "../..",
    "../../..",
    "%2e%2e",
    "..%2f..",
    "..\\..",
    "....//",
    "..;",
    ".%00.",
    "%c0%ae%c0%ae",
    "/",
    "//",
    "~",
    ".",
]
ENDS = [
    "secret.log",
    "etc/passwd",
    "secret.log%00",
    "secret.log\0.log",
    "./secret.log",
    "C:\\secret.log",
    "secret.log?",
    "x" * 4_000,
]
BEFORE = ["", "/"]
PATHS = [f"{b}{s}/{e}" for b, s, e in itertools.product(BEFORE, STEPS, ENDS)]


def test_names_never_become_paths(lite: World, tmp_path: Path) -> None:
    """S19: more than 200 tricks in each part of the address of a log."""
    assert len(PATHS) >= 200
    planted(lite, tmp_path)
    client = TestClient(lite.app, raise_server_exceptions=False, headers=lite.client.headers)
    for name in PATHS:
        escaped = quote(name, safe="")
        for at in ("d", "r", "t"):
            parts = {p: (escaped if p == at else p) for p in ("d", "r", "t")}
            url = f"/api/v2/dags/{parts['d']}/dagRuns/{parts['r']}/taskInstances/{parts['t']}/logs/1"
            answer = client.get(url)
            assert answer.status_code < 500, (name, answer.text)
            assert SECRET_LINE not in answer.text
    for number in ("../1", "-1", "1.log", "%2e%2e%2f1"):
        answer = client.get(f"/api/v2/dags/d/dagRuns/r/taskInstances/t/logs/{quote(number, safe='%')}")
        assert SECRET_LINE not in answer.text


ODD = ["../secret.log", "..%2fsecret.log", "%2e%2e/1.log", "/etc/passwd", "\0", ".%00.", "x" * 4_096, "é" * 2_000,
       "..\\secret.log", "....//1.log", "~root", "-1", "99999999999999999999999999", "%c0%ae%c0%ae/", "a\nb", "*", "%", "\u202e"]  # fmt: skip


def test_odd_names_are_no_defect_on_any_route(lite: World, tmp_path: Path) -> None:
    """S19: every route with parts in its address, each part odd, then all of them: no file, no defect, within a second."""
    planted(lite, tmp_path)
    lite.app.state.tail.close()
    client = TestClient(lite.app, raise_server_exceptions=False, headers=lite.client.headers)
    asked = 0
    for method, path in matrix.routes(lite):
        names = re.findall(r"\{(\w+)(?::path)?\}", path)
        if method != "GET" or not names or not path.startswith(("/api", "/ui", "/auth")):
            continue
        for odd, last_alone in itertools.product(ODD, (True, False)):
            if last_alone and len(names) == 1:
                continue  # The last is all.
            values = {n: KNOWN.get(n, "1") for n in names} if last_alone else dict.fromkeys(names, odd)
            values[names[-1]] = odd
            url = re.sub(r"\{(\w+)(?::path)?\}", lambda m, v=values: quote(v[m[1]], safe=""), path)  # type: ignore[misc]
            answer = quickly(client, url)
            assert answer.status_code < 500, (url[:200], answer.text[:300])
            assert SECRET_LINE not in answer.text
            asked += 1
    assert asked > 500


@pytest.mark.parametrize("kind", ["link to a file", "link of a folder", "pipe", "link inside"])
def test_what_a_task_puts_in_place_of_its_log_is_not_read(lite: World, tmp_path: Path, kind: str) -> None:
    """S19: tasks write into the log folder with the rights of the server, which can read keys."""
    path = planted(lite, tmp_path)
    path.unlink()
    if kind == "link to a file":
        path.symlink_to(tmp_path / "secret.log")
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "link inside":
        (path.parent / "real").write_text("a line\n")
        path.symlink_to(path.parent / "real")
    else:
        folder = path.parent
        folder.rmdir()
        (tmp_path / "elsewhere").mkdir()
        (tmp_path / "elsewhere" / path.name).write_text(SECRET_LINE)
        folder.symlink_to(tmp_path / "elsewhere")
    urls = ["/api/v2/dags/d/dagRuns/r/taskInstances/t/logs/1"]
    urls += [re.sub(r"\{(\w+)\}", lambda m: KNOWN.get(m[1], "1"), p) for m, p in matrix.routes(lite)
             if m == "GET" and "log" in p and p.startswith("/ui/") and "try_number" in p]  # fmt: skip
    assert len(urls) > 2
    for url in urls:
        answer = lite.client.get(url, params={"q": "line", "text": "line"})
        assert answer.status_code == (200 if kind == "link inside" else 404) or answer.status_code == 422, url
        assert SECRET_LINE not in answer.text


SECRET_LINE = "the secret of elsewhere"
KNOWN = {
    "dag_id": "d",
    "dag_run_id": "r",
    "run_id": "r",
    "task_id": "t",
    "try_number": "1",
    "map_index": "-1",
}


def planted(world: World, folder: Path) -> Path:
    """A run with a log, and files outside of the log folder; the log's path."""
    for name in ("secret.log", "1.log"):
        (folder / name).write_text(SECRET_LINE + "\n")
    world.dag(task("t"))
    run = world.run()
    world.states(run, t="success")
    return world.log(run, "t", "a line")


def test_a_revoked_session_ends_everywhere_within_a_second() -> None:
    """S6: what another server revoked is believed after `TRUST`, and a stream looks every `CHECK_EVERY`."""
    assert guard.TRUST + sse.CHECK_EVERY < 1
