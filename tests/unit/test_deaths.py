"""What processes die of, as codes and values, for all who tell it.

    cd tests && python -m unit.test_deaths > unit/deaths.json

writes anew what the page makes its sentences from in its own tests.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

from ostro import deaths

TOLD = Path(__file__).with_name("deaths.json")
SINCE = "2026-03-01T12:30:15+00:00"
EVERY = [
    deaths.vanished(),
    deaths.unwatched(),
    deaths.unstarted(),
    deaths.exited(0),
    deaths.exited(3),
    *(deaths.killed(oom=oom, mib=mib) for oom in (True, False, None) for mib in (0, 2048)),
    deaths.signalled("SIGSEGV", "a memory error in a C library"),
    deaths.signalled("SIGTERM", None),
    deaths.execution_timeout(1.5),
    deaths.run_timeout(),
    deaths.fail_fast(),
    deaths.marked(),
    deaths.cleared(),
    deaths.overtaken(),
    deaths.file_unimportable("NameError: name 'x' is not defined"),
    deaths.file_missing(SINCE, 24.0, is_broken=True),
    deaths.file_missing(SINCE, 0.5, is_broken=False),
    deaths.run_unmanageable("KeyError: 'x'"),
]


def test_the_page_is_told_every_cause() -> None:
    assert {cause["code"] for cause in EVERY} == set(get_args(deaths.Code))
    assert json.loads(TOLD.read_text()) == EVERY


def test_what_a_missing_file_says() -> None:
    text = deaths.file_missing(SINCE, 24.0, is_broken=False)["text"]
    assert text == (
        "no file holds its DAG since 2026-03-01 12:30:15 UTC, longer than [scheduler] missing_file_timeout (24 h)"
    )


if __name__ == "__main__":
    print(json.dumps(EVERY, indent=1, ensure_ascii=False))
