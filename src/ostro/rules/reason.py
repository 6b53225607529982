"""A reason: a code for programs, one sentence for people, and what the sentence is about for those who make their own.

The page of an installation speaks more than one language: it makes its sentences from codes and values.
"""

from __future__ import annotations

from typing import Literal

import msgspec

#: What may hold an instance that has not begun, or that waits.
WaitCode = Literal[
    "dag_paused",
    "dag_gone",
    "import_errors",
    "no_engine",
    "engines_drain",
    "run_after",
    "run_queued",
    "run_finished",
    "max_active_runs",
    "backfill_paused",
    "backfill_limit",
    "setup",
    "trigger_rule",
    "mapping",
    "teardown",
    "past",
    "pool_missing",
    "pool_too_small",
    "pool_full",
    "parallelism",
    "max_active_tasks",
    "max_active_tis_per_dag",
    "max_active_tis_per_dagrun",
    "retry",
    "reschedule",
    "deferred",
    "trigger_queue",
    "awaiting_input",
    "scheduled",
    "queued",
    "ready",
    "removed",
]
#: Why an instance runs, or is over.
StateCode = Literal["running", "restarting", "success", "failed", "skipped", "upstream_failed"]
Code = WaitCode | StateCode
#: Moments are in ISO 8601.
Value = str | int | list[str]


class Reason(msgspec.Struct, frozen=True):
    """Why something is as it is. `code` is stable, `text` is one sentence."""

    code: Code
    text: str
    #: Instances that it is about, in the order of the DAG: (task id, map index, state).
    about: tuple[tuple[str, int, str], ...] = ()
    #: What the sentence tells, by name. The same code with other names is another sentence.
    values: dict[str, Value] = {}
