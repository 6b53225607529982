"""What a death is called."""

from __future__ import annotations

import signal

import pytest

from ostro.worker import death


def exited(code: int) -> int:
    return code << 8


@pytest.mark.parametrize(
    ("status", "kind", "exit_code", "number"),
    [
        (exited(0), "exit", 0, None),
        (exited(3), "exit", 3, None),
        (signal.SIGTERM, "signal", None, signal.SIGTERM),
        (signal.SIGSEGV | 128, "signal", None, signal.SIGSEGV),
        (None, "lost", None, None),
    ],
)
def test_kind_and_facts_follow_the_status(
    status: int | None, kind: str, exit_code: int | None, number: int | None
) -> None:
    cause = death.cause(status)
    assert (cause["kind"], cause["exit_code"], cause["signal"]) == (kind, exit_code, number)
    assert cause["text"]


def test_the_cause_of_a_stop_stands_and_the_facts_are_added() -> None:
    cause = death.cause(signal.SIGKILL, stopped={"kind": "timeout", "text": "too long"}, killed_by_us=True)
    assert cause == {"kind": "timeout", "text": "too long", "exit_code": None, "signal": signal.SIGKILL}


def test_a_kill_that_the_kernel_counted_is_out_of_memory_and_says_how_much() -> None:
    cause = death.cause(signal.SIGKILL, oom=True, maxrss=2048 * 1024)
    assert cause["kind"] == "oom"
    assert "2048 MiB" in cause["text"]


@pytest.mark.parametrize(("oom", "told"), [(None, "out of memory, or somebody else"), (False, "neither")])
def test_any_other_kill_does_not_claim_to_know(oom: bool | None, told: str) -> None:
    cause = death.cause(signal.SIGKILL, oom=oom)
    assert cause["kind"] == "signal"
    assert told in cause["text"]


def test_our_own_kill_is_not_called_strange() -> None:
    assert death.cause(signal.SIGKILL, killed_by_us=True)["text"] == "ended by SIGKILL"


def test_signals_without_a_name_have_their_number() -> None:
    assert death.signal_name(signal.SIGRTMIN + 1).startswith(("SIGRTMIN", "signal"))
    assert death.signal_name(99) == "signal 99"
