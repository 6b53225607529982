"""The tests' own reader of logs that are being written."""

from __future__ import annotations

from pathlib import Path

from support.logs import Followed, entries


def test_a_line_counts_when_it_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    log = Followed(path)
    assert log.entries() == []
    path.write_bytes(b'{"event":"one"}\n{"eve')
    assert log.entries() == entries(path) == [{"event": "one"}]
    with path.open("ab") as file:
        file.write(b'nt":"two"}\n')
    assert [line["event"] for line in log.entries()] == ["one", "two"]
