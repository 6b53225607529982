"""What a process died of, in one sentence for people. Decides from facts; asks nobody."""

from __future__ import annotations

import os
import signal
from typing import Any

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
        return {"kind": "lost", "text": "its process disappeared, and nobody saw how it ended", **facts}
    code = facts["exit_code"]
    if code is not None:
        return {"kind": "exit", "text": _exit_text(code), **facts}
    number = facts["signal"]
    if number == signal.SIGKILL and not killed_by_us:
        return {**_killed(oom, maxrss), **facts}
    name = signal_name(number)
    meaning = _MEANING.get(number)
    return {
        "kind": "signal",
        "text": f"ended by {name}" + (f": {meaning}" if meaning else ""),
        **facts,
    }


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


def _exit_text(code: int) -> str:
    if code == 0:
        return "its process ended by itself (os._exit or exec) before the task returned a result"
    return f"its process ended with exit code {code} before the task returned a result"


def _killed(oom: bool | None, maxrss: int) -> dict[str, Any]:
    used = f" It had used up to {maxrss // 1024} MiB." if maxrss else ""
    if oom:
        return {"kind": "oom", "text": f"out of memory: the kernel ended the process (SIGKILL).{used}"}
    if oom is None:
        text = f"ended by SIGKILL, which Ostro did not send: out of memory, or somebody else.{used}"
    else:
        text = f"ended by SIGKILL, which neither Ostro nor the kernel's memory limit sent.{used}"
    return {"kind": "signal", "text": text}
