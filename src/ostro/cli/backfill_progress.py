"""Following a backfill at the terminal: one line, written anew while something changes."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping

from ostro.cli.backfill_order import is_dag_paused
from ostro.cli.context import Context
from ostro.cli.last_line import LastLine
from ostro.errors import NotFound

#: Seconds between two looks at whether anything was written.
EVERY = 0.3


def follow(context: Context, backfill_id: int) -> int:
    """Show how a backfill goes until all its runs are over; returns 0 when all succeeded, else 1.

    Ctrl-C ends the watching, not the backfill.
    """
    from ostro.store import backfills
    from ostro.store.watch import Watch

    line = LastLine()
    watch = Watch(context.store)
    last: Mapping[str, int] = {}
    try:
        while True:
            if watch.changed():
                with context.store.read() as tx:
                    record = backfills.get(tx, backfill_id)
                    last = backfills.count_states(tx, [backfill_id]).get(backfill_id, {})
                    is_paused = record is not None and is_dag_paused(tx, record.dag_id)
                if record is None:
                    raise NotFound(f"there is no backfill {backfill_id} any more")
                holds = f"DAG {record.dag_id} is paused" if is_paused else ""
                if record.is_paused and record.completed_at is None:
                    holds = f"backfill {backfill_id} is paused"
                line.show(sentence(last, is_planned=record.is_planned, holds=holds))
                waits = last.get("queued", 0) + last.get("running", 0)
                if record.completed_at is not None and not waits:
                    break
            time.sleep(EVERY)
    except KeyboardInterrupt:
        line.end()
        text = f"Backfill {backfill_id} goes on; to end it: ostro backfill cancel {backfill_id}"
        print(text, file=sys.stderr)
        return 130
    finally:
        watch.close()
    line.end()
    return 1 if last.get("failed", 0) else 0


def sentence(states: Mapping[str, int], *, is_planned: bool, holds: str = "") -> str:
    """How many runs are in which state. `is_planned`: all dates are listed. `holds`: why no run starts."""
    total = sum(states.values())
    over = states.get("success", 0) + states.get("failed", 0)
    words = [f"{states[s]} {s}" for s in ("running", "queued", "success", "failed") if states.get(s)]
    told = f" ({', '.join(words)})" if words else ""
    if is_planned:
        text = f"{over} of {total} runs are over{told}"
    elif total:
        text = f"{over} of {total} runs so far are over{told}, the engine lists more dates"
    else:
        text = "no run has been made yet: the engine is working out the dates"
    return f"[backfill progress] {text}" + (f"; {holds}" if holds else "")
