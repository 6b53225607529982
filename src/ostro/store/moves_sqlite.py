"""Guarded moves on SQLite: one UPDATE per move (a few microseconds each), then the history in bulk."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from msgspec import UNSET
from sqlalchemy import Connection

from ostro.records import Move
from ostro.store.driver import execute_many, fetch
from ostro.store.moves import (
    CARRIED,
    CLOSED,
    COLUMNS,
    KEPT,
    NOTHING,
    OPENED,
    REPLACED,
    attempt_fate,
    replaced_state,
)
from ostro.store.sealed import seal
from ostro.store.types import clean_text, to_json, to_micros

_NAMES = tuple(COLUMNS)
_MOMENTS = frozenset(n for n, kind in COLUMNS.items() if kind == "timestamptz")

_OPEN = f"""
INSERT INTO attempt (attempt_id, ti, {", ".join(CARRIED)})
SELECT attempt_id, id, {", ".join(CARRIED)} FROM task_instance WHERE id = ? AND attempt_id IS NOT NULL
ON CONFLICT (attempt_id) DO UPDATE
SET closed_at = NULL, end_date = NULL, cause = NULL, {", ".join(f"{n} = excluded.{n}" for n in CARRIED)}
"""
_KEEP = f"""
UPDATE attempt SET ({", ".join(CARRIED)}) = (SELECT {", ".join(CARRIED)} FROM task_instance WHERE id = ?)
WHERE ti = ? AND closed_at IS NULL
"""
_CLOSE = (
    "UPDATE attempt SET state = ?, end_date = ?, closed_at = ?, cause = ? WHERE ti = ? AND closed_at IS NULL"
)
_CLOSE_OTHERS = _CLOSE + " AND attempt_id <> ?"
_EVENT = "INSERT INTO ti_event (ti, run, before, after, attempt_id, at, reason) VALUES (?, ?, ?, ?, ?, ?, ?)"


def apply(tx: Connection, moves: Sequence[Move], now: datetime) -> list[bool]:
    """See `transitions.apply_moves`."""
    at = to_micros(now)
    done: list[bool] = []
    rows: dict[int, list[tuple[Any, ...]]] = {OPENED: [], REPLACED: [], KEPT: [], CLOSED: []}
    events: list[tuple[Any, ...]] = []
    for move in moves:
        found = _update(tx, move, at)
        done.append(found is not None)
        if found is None:
            continue
        run, attempt = found
        ti = move.ti
        fate = attempt_fate(move)
        if fate == CLOSED:
            end = to_micros(move.end_date) if isinstance(move.end_date, datetime) else at
            rows[CLOSED].append((move.after.value, end, at, _cause(move), ti))
        elif fate == KEPT:
            rows[KEPT].append((ti, ti))
        elif fate != NOTHING:
            rows[OPENED].append((ti,))
            if fate == REPLACED:
                state = replaced_state(move.before).value
                rows[REPLACED].append((state, at, at, _cause(move), ti, attempt or ""))
        if move.before is not move.after:
            reason = clean_text(move.reason) if move.reason else ""
            events.append(
                (ti, run, move.before.value, move.after.value, move.if_attempt or attempt, at, reason)
            )
    # Closed before opened: an instance has one open attempt at most.
    for fate, sql in ((CLOSED, _CLOSE), (REPLACED, _CLOSE_OTHERS), (OPENED, _OPEN), (KEPT, _KEEP)):
        if rows[fate]:
            execute_many(tx, sql, rows[fate])
    if events:
        execute_many(tx, _EVENT, events)
    return done


def _update(tx: Connection, move: Move, at: int) -> tuple[int, str | None] | None:
    """Apply one move; (run, attempt after it), or None when the guard did not hold."""
    names = []
    values: list[Any] = [move.after.value, at]
    start = end = UNSET
    for name in _NAMES:
        value = getattr(move, name)
        if value is UNSET:
            continue
        names.append(name)
        if value is not None:
            if name in _MOMENTS:
                value = to_micros(value)
            elif name == "next_kwargs":
                value = to_json(seal(tx, value))
            elif name == "rendered_map_index":
                value = clean_text(value)
        if name == "start_date":
            start = value
        elif name == "end_date":
            end = value
        values.append(value)
    if end is not UNSET:
        values.append(end)
        if start is not UNSET:
            values.append(start)
    values.append(move.ti)
    values.append(move.before.value)
    fenced = move.if_attempt is not None
    if fenced:
        values.append(move.if_attempt)
    rows = fetch(tx, _update_sql(tuple(names), fenced), values)
    return rows[0] if rows else None


@lru_cache(maxsize=512)
def _update_sql(names: tuple[str, ...], fenced: bool) -> str:
    sets = ["state = ?", "updated_at = ?", *(f"{n} = ?" for n in names)]
    if "end_date" in names:
        start = "?" if "start_date" in names else "start_date"
        sets.append(f"duration = (? - {start}) / 1000000.0")
    fence = " AND attempt_id = ?" if fenced else ""
    return f"UPDATE task_instance SET {', '.join(sets)} WHERE id = ? AND state = ?{fence} RETURNING run, attempt_id"


def _cause(move: Move) -> str | None:
    return to_json(move.cause) if isinstance(move.cause, dict) else None
