"""Lines of the task log."""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path
from typing import Any

import pytest

from ostro.runtime.logs import LineStream, TaskLog, describe_error
from ostro.sdk.masking import masker


@pytest.fixture
def log(tmp_path: Path) -> TaskLog:
    return TaskLog(str(tmp_path / "deep" / "er" / "attempt.log"), limit=100)


def lines(log: TaskLog) -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path(log.path).read_text().splitlines()]


def test_a_line_has_time_level_text_and_logger(log: TaskLog) -> None:
    log.write("info", "hello", "me", rows=3)

    (line,) = lines(log)
    assert {k: v for k, v in line.items() if k != "timestamp"} == {
        "level": "info",
        "event": "hello",
        "logger": "me",
        "rows": 3,
    }
    assert line["timestamp"].endswith("+00:00")


def test_long_lines_are_cut_with_a_note(log: TaskLog) -> None:
    log.write("info", "x" * 250)

    assert lines(log)[0]["event"] == "x" * 100 + " … [150 more characters were cut]"


@pytest.mark.parametrize("value", ["\ud800", {1: object()}, {("a",): 1}, float("nan"), b"\xff", 2**80])
def test_nothing_that_is_logged_breaks_a_line(log: TaskLog, value: Any) -> None:
    log.write("info", "odd \udcff", extra=value)
    log.write("info", "next")

    assert [line["event"][:3] for line in lines(log)] == ["odd", "nex"]


def test_structures_that_hold_themselves_are_logged(log: TaskLog) -> None:
    loop: list[Any] = []
    loop.append(loop)

    log.write("info", "loop", extra=loop)

    assert lines(log)[0]["event"] == "loop"


def test_values_under_secret_names_and_known_secrets_are_replaced(log: TaskLog) -> None:
    masker.add("s3cret-value")
    try:
        log.write(
            "info", "with s3cret-value", password="short", nested={"api_key": "abc", "free": "s3cret-value"}
        )
    finally:
        masker.reset()

    (line,) = lines(log)
    assert line["event"] == "with ***"
    assert line["password"] == "***"
    assert line["nested"] == {"api_key": "***", "free": "***"}


def test_a_full_disk_does_not_raise(log: TaskLog) -> None:
    log._fd = 10_000

    log.write("info", "lost")


def test_printed_text_becomes_lines(log: TaskLog) -> None:
    stream = LineStream(log, "task.stdout", sys.__stdout__)

    print("one", 2, file=stream)
    stream.write("three\nfour\nfi")
    stream.write("ve")
    stream.buffer.write("바이트\n".encode())
    stream.write("10%\r50%\r100%\n\n")
    stream.finish()

    assert [line["event"] for line in lines(log)] == ["one 2", "three", "four", "five바이트", "100%"]


def test_install_and_restore_leave_logging_as_it_was(log: TaskLog) -> None:
    root = logging.getLogger()
    before = (root.handlers, root.level, sys.stdout)

    log.install()
    logging.getLogger("x").info("%s and %s", "one")  # wrong arguments must not raise
    logging.getLogger("x").warning("fine", extra={"rows": 1})
    log.restore()

    assert (root.handlers, root.level, sys.stdout) == before
    broken, fine = lines(log)
    assert "cannot be formatted" in broken["event"]
    assert fine["rows"] == 1


def test_an_error_is_described_with_its_causes() -> None:
    try:
        try:
            raise KeyError("inner")
        except KeyError as inner:
            raise ValueError("outer") from inner
    except ValueError as caught:
        caught.add_note("a note")
        described = describe_error(caught)

    outer, inner = described["error_detail"]
    assert (outer["exc_type"], outer["exc_value"], outer["exc_notes"]) == ("ValueError", "outer", ["a note"])
    assert (inner["exc_type"], inner["is_cause"]) == ("KeyError", True)
    assert outer["frames"][0]["name"] == "test_an_error_is_described_with_its_causes"
    assert "direct cause" in described["exception"]


def test_groups_and_syntax_errors_are_described() -> None:
    group = describe_error(ExceptionGroup("many", [ValueError("a"), TypeError("b")]))["error_detail"][0]
    assert [e["exc_type"] for e in group["exceptions"]] == ["ValueError", "TypeError"]

    with pytest.raises(SyntaxError) as caught:
        compile("a b", "f.py", "exec")
    assert describe_error(caught.value)["error_detail"][0]["syntax_error"]["lineno"] == 1
