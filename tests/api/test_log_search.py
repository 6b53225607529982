"""Search through a whole log, filters by level and source, what a log holds."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ostro.api.logs import reader, scan
from ostro.api.logs.contents import Counts
from ostro.api.logs.sieve import Sieve, sieve
from ostro.errors import BadRequest

from .conftest import World, task

PAGE = "/ui/dags/d/runs/r/tasks/a/logs/1"


def line(text: str, level: str = "info", source: str = "task.stdout", **more: Any) -> str:
    whole = {"timestamp": "2026-01-01T00:00:00Z", "level": level, "event": text, "logger": source, **more}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":"))


def found(path: Path, wanted: Sieve) -> list[str]:
    """Texts of the lines that a search finds."""
    at: list[int] = []
    offset = 0
    while True:
        part = scan.search(path, offset, wanted, 10_000, complete=True)
        at += part.at
        if part.next >= part.size:
            break
        offset = part.next
    return [reader.forward(path, one, 1, complete=True).lines[0]["event"] for one in at]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "a.log"
    path.write_text(
        "\n".join(
            [
                line("Attempt started", source="task"),
                line("copied 12 rows"),
                line('he said "copied" \\ level'),
                line("오류가 났다", "warning"),
                line("\x1b[31mcop\x1b[0mied in red"),
                line("it broke", "error", exception='Traceback\n  File "a.py", line 3\nValueError: level 9'),
                "plain text: COPIED",
            ]
        )
    )
    return path


def test_text_is_found_as_people_see_it(path: Path) -> None:
    said = 'he said "copied" \\ level'
    assert found(path, sieve(text="copied")) == [
        "copied 12 rows",
        said,
        "\x1b[31mcop\x1b[0mied in red",
        "plain text: COPIED",
    ]
    assert found(path, sieve(text="COPIED", is_case_sensitive=True)) == ["plain text: COPIED"]
    assert found(path, sieve(text='"copied" \\')) == [said]
    assert found(path, sieve(text="오류")) == ["오류가 났다"]
    assert found(path, sieve(text="level")) == [said, "it broke"]  # not the names of the fields
    assert found(path, sieve(text="timestamp")) == []


def test_regular_expressions(path: Path) -> None:
    assert found(path, sieve(text=r"copied \d+", is_pattern=True)) == ["copied 12 rows"]
    assert found(path, sieve(text=r"^ValueError", is_pattern=True)) == ["it broke"]
    assert found(path, sieve(text=r"\brows$", is_pattern=True)) == ["copied 12 rows"]
    assert found(path, sieve(text=r"오.가", is_pattern=True)) == ["오류가 났다"]
    with pytest.raises(BadRequest, match="no regular expression"):
        sieve(text="(", is_pattern=True)


def test_a_regular_expression_that_never_ends_is_stopped(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text(line("a" * 5_000 + "!") + "\n")
    with pytest.raises(BadRequest, match="takes too long"):
        found(path, sieve(text=r"^(a|aa)+[bc]$", is_pattern=True))


def test_levels_and_sources(path: Path) -> None:
    assert found(path, sieve(levels=["error", "warning"])) == ["오류가 났다", "it broke"]
    assert found(path, sieve(sources=["task"])) == ["Attempt started"]
    page = scan.before(path, None, 1, sieve(levels=["error", "warning"]), complete=True)
    assert [one["event"] for one in page.lines] == ["it broke"]
    assert scan.before(path, page.start, 5, sieve(levels=["warning"]), complete=True).start == 0
    assert "plain text: COPIED" in found(path, sieve(levels=["info"]))


WORDS = st.sampled_from(
    ["one", "Two", "copied", 'qu"ote', "back\\slash", "\x1b[1mbold\x1b[0m", "né", "tab\t"]
)


@given(
    texts=st.lists(st.lists(WORDS, max_size=4).map(" ".join), max_size=30),
    word=st.sampled_from(
        ["one", "two", 'u"o', "k\\s", "bold", "é", "opi", "n. ", "o$", r"\w+ied", "e t", "two|bold"]
    ),
    is_pattern=st.booleans(),
    is_case_sensitive=st.booleans(),
)
@settings(max_examples=100, deadline=None)
def test_search_finds_what_a_plain_loop_finds(
    tmp_path_factory: pytest.TempPathFactory,
    texts: list[str],
    word: str,
    is_pattern: bool,
    is_case_sensitive: bool,
) -> None:
    if is_pattern and "\\s" in word and word.startswith("k"):
        return
    path = tmp_path_factory.mktemp("search") / "a.log"
    path.write_text("".join(line(text) + "\n" for text in texts))
    pattern = re.compile(
        word if is_pattern else re.escape(word), re.MULTILINE | (0 if is_case_sensitive else re.IGNORECASE)
    )
    expected = [text for text in texts if pattern.search(re.sub(r"\x1b\[[0-9;]*m", "", text))]
    assert (
        found(path, sieve(text=word, is_pattern=is_pattern, is_case_sensitive=is_case_sensitive)) == expected
    )


@pytest.mark.parametrize("stride", [scan.PAGE_STRIDE, scan.BLOCK])
def test_pages_with_a_filter_meet_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stride: int
) -> None:
    """No page looks through more than its stride and the block that it ends in, however few lines are wanted."""
    monkeypatch.setattr(scan, "PAGE_STRIDE", stride)
    path = tmp_path / "a.log"
    with path.open("w") as file:
        for number in range(30_000):
            file.write(line(f"number {number} {'x' * 50}", "error" if number % 1_000 == 5 else "info") + "\n")
    wanted = sieve(levels=["error"])
    expected = [f"number {n}" for n in range(5, 30_000, 1_000)]
    forwards: list[str] = []
    offset = 0
    while True:
        page = scan.forward(path, offset, 4, wanted, complete=True)
        forwards += [one["event"].rsplit(" ", 1)[0] for one in page.lines]
        assert offset < page.next <= offset + stride + scan.BLOCK
        if page.finished:
            break
        offset = page.next
    assert forwards == expected
    backwards: list[str] = []
    end: int | None = None
    while end != 0:
        page = scan.before(path, end, 4, wanted, complete=True)
        backwards = [one["event"].rsplit(" ", 1)[0] for one in page.lines] + backwards
        assert page.next - stride - scan.BLOCK <= page.start < page.next
        end = page.start
    assert backwards == expected


def test_a_page_of_a_long_log_in_which_no_line_is_wanted_ends_early(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.log"
    path.write_text((line("x" * 1_000, said_by="trigger") + "\n") * 3_000)
    size = path.stat().st_size
    monkeypatch.setattr(scan, "PAGE_STRIDE", scan.BLOCK)
    monkeypatch.setattr(scan, "PAGE_STRIDE_DECODED", scan.BLOCK)
    for wanted in (sieve(levels=["error"]), sieve(parts=["task"])):
        page = scan.forward(path, 0, 10, wanted, complete=True)
        assert page.lines == [] and 0 < page.next < size // 2 and not page.finished
        page = scan.before(path, None, 10, wanted, complete=True)
        assert page.lines == [] and size // 2 < page.start < size == page.next


def test_what_a_log_holds_grows_with_it(path: Path) -> None:
    counts = Counts()
    first = counts.of(path)
    assert first.lines == 6  # the last line is not ended
    assert first.levels == {"info": 4, "warning": 1, "error": 1}
    assert first.sources == {"task.stdout": 5, "task": 1}
    with path.open("a") as file:
        file.write("\n" + line("more", "critical", "x") + "\n")
    second = counts.of(path)
    assert second.lines == 8
    assert second.levels == {"info": 5, "warning": 1, "error": 1, "critical": 1}
    assert second.sources["x"] == 1
    path.write_text(line("again") + "\n")
    assert counts.of(path).lines == 1
    assert counts.of(path.with_name("none.log")).lines == 0


@pytest.fixture
def ended(lite: World) -> World:
    lite.dag(task("a"))
    run = lite.run()
    lite.states(run, a="failed")
    lite.log(run, "a", *[line(f"row {n}") for n in range(50)], line("it broke", "error", "task"))
    return lite


def events(world: World, **params: Any) -> list[tuple[str, Any]]:
    text = world.client.get(f"{PAGE}/search", params=params).text
    pairs = re.findall(r"event: (\w+)\ndata: (.*)\n", text)
    return [(name, json.loads(told)) for name, told in pairs]


def test_search_over_http(ended: World) -> None:
    told = events(ended, q="ROW 4")
    assert [name for name, _ in told] == ["hits", "end"]
    assert len(told[0][1]["at"]) == 11
    page = ended.get(PAGE, offset=told[0][1]["at"][0], limit=1)
    assert page["lines"][0]["event"] == "row 4"
    assert page["at"] == [told[0][1]["at"][0]]
    assert told[1][1]["more"] is False
    told = events(ended, q="row", limit=3)
    assert told[-1][1]["more"] is True
    assert len(events(ended, q="row", offset=told[-1][1]["next"])[0][1]["at"]) == 47
    assert len(events(ended, level="error", limit=1)[0][1]["at"]) == 1


def test_filtered_pages_and_contents_over_http(ended: World) -> None:
    page = ended.get(PAGE, tail=10, level="error")
    assert [one["event"] for one in page["lines"]] == ["it broke"]
    assert page["finished"]
    assert ended.get(PAGE, source="task")["lines"][0]["event"] == "it broke"
    held = ended.get(f"{PAGE}/contents")
    assert held["lines"] == 51
    assert held["levels"] == {"info": 50, "error": 1}
    assert ended.get(f"{PAGE}/search", 400, q="(", regexp="true")["detail"].startswith("This is no regular")
