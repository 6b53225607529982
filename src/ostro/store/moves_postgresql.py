"""Guarded moves on PostgreSQL: all moves of a round and their history in one statement, one way there and back.

The moves travel as one JSON text, so the statement is always the same and stays prepared, whatever fields they set:
`mask` says which (bit n = column n). Rows are locked in the order of their ids by everybody, so that two writers of
the same instances wait for each other and never deadlock.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET
from sqlalchemy import Connection

from ostro.records import Move
from ostro.store.driver import execute, fetch
from ostro.store.moves import (
    CARRIED,
    CLOSED,
    COLUMNS,
    KEPT,
    OPENED,
    REPLACED,
    attempt_fate,
    replaced_state,
)
from ostro.store.sealed import seal
from ostro.store.types import clean_text, to_json

_BITS = tuple((name, 1 << bit) for bit, name in enumerate(COLUMNS))
_BIT = dict(_BITS)
_encoder = msgspec.json.Encoder()

_SETS = ",\n    ".join(f"{n} = CASE WHEN v.mask & {bit} <> 0 THEN v.{n} ELSE t.{n} END" for n, bit in _BITS)
_START = f"CASE WHEN v.mask & {_BIT['start_date']} <> 0 THEN v.start_date ELSE t.start_date END"
_DURATION = f"CASE WHEN v.mask & {_BIT['end_date']} <> 0 THEN extract(epoch from v.end_date - {_START}) ELSE t.duration END"
_APPLY = f"""
WITH v AS MATERIALIZED (
  SELECT v.* FROM json_to_recordset(?::json) AS v(
    ti bigint, before text, after text, if_attempt text, fate int, mask int, reason text, cause text,
    {", ".join(f"{n} {kind}" for n, kind in COLUMNS.items())})
  JOIN task_instance l ON l.id = v.ti ORDER BY v.ti FOR UPDATE OF l
), moved AS (
  UPDATE task_instance AS t SET state = v.after, updated_at = ?, duration = {_DURATION},
    {_SETS}
  FROM v WHERE t.id = v.ti AND t.state = v.before AND (v.if_attempt IS NULL OR t.attempt_id = v.if_attempt)
  RETURNING t.id, t.run, t.attempt_id, {", ".join(f"t.{n}" for n in CARRIED)}, v.before, v.if_attempt, v.fate,
    v.reason, v.cause, v.end_date
), closed AS (
  UPDATE attempt AS a SET state = m.state, end_date = coalesce(m.end_date, ?), closed_at = ?, cause = m.cause
  FROM moved AS m WHERE m.fate = {CLOSED} AND a.ti = m.id AND a.closed_at IS NULL
), kept AS (
  UPDATE attempt AS a SET {", ".join(f"{n} = m.{n}" for n in CARRIED)}
  FROM moved AS m WHERE m.fate = {KEPT} AND a.ti = m.id AND a.closed_at IS NULL
), opened AS (
  INSERT INTO attempt (attempt_id, ti, {", ".join(CARRIED)})
  SELECT attempt_id, id, {", ".join(CARRIED)} FROM moved
  WHERE fate IN ({OPENED}, {REPLACED}) AND attempt_id IS NOT NULL
  ON CONFLICT (attempt_id) DO UPDATE
  SET closed_at = NULL, end_date = NULL, cause = NULL, {", ".join(f"{n} = excluded.{n}" for n in CARRIED)}
), told AS (
  INSERT INTO ti_event (ti, run, before, after, attempt_id, at, reason)
  SELECT id, run, before, state, coalesce(if_attempt, attempt_id), ?, reason FROM moved WHERE before <> state
  ORDER BY id
)
SELECT id FROM moved
"""
_LOCK = "SELECT id FROM task_instance WHERE id = ANY(?) ORDER BY id FOR UPDATE"
_CLOSE_OTHERS = """
UPDATE attempt AS a SET state = ?, end_date = ?, closed_at = ?, cause = ? FROM task_instance AS t
WHERE t.id = ? AND t.state = ? AND (?::text IS NULL OR t.attempt_id = ?)
  AND a.ti = t.id AND a.closed_at IS NULL AND a.attempt_id <> ?
"""


def apply(tx: Connection, moves: Sequence[Move], now: datetime) -> list[bool]:
    """See `transitions.apply_moves`."""
    rows = []
    replaced = []
    for move in moves:
        fate = attempt_fate(move)
        if fate == REPLACED:
            replaced.append(move)
        rows.append(_row(tx, move, fate))
    if replaced:
        _close_replaced(tx, moves, replaced, now)
    done = {row[0] for row in fetch(tx, _APPLY, (_encoder.encode(rows).decode(), now, now, now, now))}
    return [move.ti in done for move in moves]


def _row(tx: Connection, move: Move, fate: int) -> dict[str, Any]:
    mask = 0
    row: dict[str, Any] = {
        "ti": move.ti,
        "before": move.before,
        "after": move.after,
        "if_attempt": move.if_attempt,
        "fate": fate,
        "reason": clean_text(move.reason),
        "cause": to_json(move.cause) if isinstance(move.cause, dict) else None,
    }
    for name, bit in _BITS:
        value = getattr(move, name)
        if value is not UNSET:
            mask |= bit
            if value is not None:
                if name == "next_kwargs":
                    value = to_json(seal(tx, value))
                elif name == "rendered_map_index":
                    value = clean_text(value)
                row[name] = value
    row["mask"] = mask
    return row


def _close_replaced(tx: Connection, moves: Sequence[Move], replaced: Sequence[Move], now: datetime) -> None:
    """Close attempts in whose place a move opens another, before that: one statement cannot do both in this order."""
    fetch(tx, _LOCK, (sorted(move.ti for move in moves),))
    for move in replaced:
        cause = to_json(move.cause) if isinstance(move.cause, dict) else None
        state = replaced_state(move.before).value
        attempt = move.attempt_id or ""
        params = (
            state, now, now, cause, move.ti, move.before.value, move.if_attempt, move.if_attempt, attempt,
        )  # fmt: skip
        execute(tx, _CLOSE_OTHERS, params)
