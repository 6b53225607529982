"""What a process died of, in one sentence for people. Decides from facts; asks nobody."""

from __future__ import annotations

import os
import signal
from typing import Any

from ostro import deaths

#: What some signals mean to the author of a task.
_MEANING = {
    signal.SIGSEGV: "a memory error in a C library",
    signal.SIGBUS: "a memory error in a C library",
    signal.SIGABRT: "a C library gave up",
    signal.SIGILL: "a C library was built for another processor",
    signal.SIGFPE: "an arithmetic error in a C library",
    signal.SIGPIPE: "it wrote to a closed pipe",
    signal.SIGXCPU: "its limit of processor time was reached",
}


def cause(
    status: int | None,
    *,
    stopped: dict[str, Any] | None = None,
    killed_by_us: bool = False,
    oom: bool | None = None,
    maxrss: int = 0,
) -> dict[str, Any]:
    """The `cause` of `Died`.

    `status`: wait status, None when nobody saw it. `stopped`: the cause for which the engine ended it. `oom`: whether
    the kernel counted a process ended for want of memory, None when it does not count. `maxrss` in KiB.
    """
    facts = _facts(status)
    if stopped is not None:
        return {**stopped, **facts}
    if status is None:
        return {**deaths.vanished(), **facts}
    code = facts["exit_code"]
    if code is not None:
        return {**deaths.exited(code), **facts}
    number = facts["signal"]
    if number == signal.SIGKILL and not killed_by_us:
        return {**deaths.killed(oom=oom, mib=maxrss // 1024), **facts}
    return {**deaths.signalled(signal_name(number), _MEANING.get(number)), **facts}


def signal_name(number: int) -> str:
    """SIGKILL for 9."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _facts(status: int | None) -> dict[str, Any]:
    if status is None:
        return {"exit_code": None, "signal": None}
    code = os.waitstatus_to_exitcode(status)
    return {"exit_code": code, "signal": None} if code >= 0 else {"exit_code": None, "signal": -code}
