"""The log of a watcher goes on for ever, and so does not grow for ever."""

from __future__ import annotations

from pathlib import Path

from ostro.runtime.trigger_logs import LogFile


def test_a_log_that_is_full_begins_anew_and_the_one_before_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "watchers" / "w.log"
    log = LogFile(str(path), most=2_000)
    for n in range(200):
        log.write("info", f"line {n}")
    old = path.with_name("w.log.1")
    assert path.stat().st_size < 2_000 <= old.stat().st_size < 2_400
    assert '"line 199"' in (path.read_text() if path.stat().st_size else old.read_text())
    assert sorted(each.name for each in path.parent.iterdir()) == ["w.log", "w.log.1"]


def test_the_log_of_a_task_is_never_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "t.log"
    log = LogFile(str(path))
    for n in range(200):
        log.write("info", f"line {n}")
    assert len(path.read_text().splitlines()) == 200
