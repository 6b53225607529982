"""What the processes of attempts die of when they cannot say so themselves.

A cause is a dictionary, as it is kept with the attempt: `kind`, one sentence for people in `text`, and `code` with `values`
for those who make sentences in other languages. What user code raised has a `kind` and a `text` of its own, and no code.
"""

from __future__ import annotations

from typing import Any, Literal

Code = Literal[
    "vanished",
    "unwatched",
    "unstarted",
    "ended_early",
    "exit_code",
    "out_of_memory",
    "killed",
    "killed_by_others",
    "signal",
    "execution_timeout",
    "run_timeout",
    "fail_fast",
    "marked",
    "cleared",
    "overtaken",
    "file_unimportable",
    "file_missing",
    "run_unmanageable",
]
Cause = dict[str, Any]


def vanished() -> Cause:
    """Nobody saw its wait status."""
    return _cause("lost", "vanished", "its process disappeared, and nobody saw how it ended")


def unwatched() -> Cause:
    return _cause("lost", "unwatched", "the process ended while no engine was watching")


def unstarted() -> Cause:
    text = "its process ended before it was given the task"
    return {**_cause("start", "unstarted", text), "exit_code": None, "signal": None}


def exited(code: int) -> Cause:
    """It ended by itself, without a result."""
    if code == 0:
        text = "its process ended by itself (os._exit or exec) before the task returned a result"
        return _cause("exit", "ended_early", text)
    text = f"its process ended with exit code {code} before the task returned a result"
    return _cause("exit", "exit_code", text, exit_code=code)


def killed(*, oom: bool | None, mib: int) -> Cause:
    """SIGKILL that Ostro did not send. `oom`: whether the kernel counted one for want of memory; `mib` = 0: not known."""
    used = f" It had used up to {mib} MiB." if mib else ""
    values = {"mib": mib} if mib else {}
    if oom:
        text = f"out of memory: the kernel ended the process (SIGKILL).{used}"
        return _cause("oom", "out_of_memory", text, **values)
    if oom is None:
        text = f"ended by SIGKILL, which Ostro did not send: out of memory, or somebody else.{used}"
        return _cause("signal", "killed", text, **values)
    text = f"ended by SIGKILL, which neither Ostro nor the kernel's memory limit sent.{used}"
    return _cause("signal", "killed_by_others", text, **values)


def signalled(name: str, meaning: str | None) -> Cause:
    """`name` as in SIGSEGV; `meaning` = what it means to the author of a task."""
    text = f"ended by {name}" + (f": {meaning}" if meaning else "")
    return _cause("signal", "signal", text, signal_name=name)


def execution_timeout(seconds: float) -> Cause:
    text = f"the task ran longer than its execution_timeout of {seconds:g} s and did not end itself"
    return _cause("timeout", "execution_timeout", text, seconds=f"{seconds:g}")


def run_timeout() -> Cause:
    return _cause("timeout", "run_timeout", "the run lasted longer than its dagrun_timeout")


def fail_fast() -> Cause:
    return _cause("user", "fail_fast", "another task of the run failed (fail_fast)")


def marked() -> Cause:
    return _cause("user", "marked", "the task instance was marked or removed by a user")


def cleared() -> Cause:
    return _cause("user", "cleared", "the task instance was cleared by a user and runs again")


def overtaken() -> Cause:
    """By a command, or by another engine."""
    return _cause("user", "overtaken", "the task instance was cleared, marked or taken over while it ran")


def file_unimportable(error: str) -> Cause:
    """`error` is the sentence that the import ended with."""
    return _cause("import", "file_unimportable", error, error=error)


def file_missing(since: str, hours: float, *, is_broken: bool) -> Cause:
    """`since` in ISO 8601, UTC."""
    what = "its DAG file cannot be imported" if is_broken else "no file holds its DAG"
    at = since[:19].replace("T", " ")
    text = f"{what} since {at} UTC, longer than [scheduler] missing_file_timeout ({hours:g} h)"
    return _cause("import", "file_missing", text, since=since, hours=f"{hours:g}", is_broken=int(is_broken))


def run_unmanageable(error: str) -> Cause:
    text = f"the engine cannot handle this run: {error}"
    return _cause("engine", "run_unmanageable", text, error=error)


def _cause(kind: str, code: Code, text: str, **values: str | int) -> Cause:
    return {"kind": kind, "text": text, "code": code, "values": values}
