"""Ordering a backfill at the terminal: `ostro backfill create` and `ostro dags backfill`."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ostro.cli.context import Context
from ostro.errors import BadRequest

if TYPE_CHECKING:
    from ostro.store import BackfillRecord, NewBackfill

UnpauseOption = Annotated[
    bool, typer.Option("--unpause", help="Unpause the DAG first; a paused one starts no runs.")
]


def order(context: Context, new: NewBackfill, *, unpause: bool, wait: bool) -> BackfillRecord:
    """Write the order, for the engine to carry out.

    A backfill of a paused DAG is made, as in Airflow, and starts when the DAG is unpaused. Nobody can want to wait for
    that at the terminal: BadRequest then, and nothing is made.
    """
    from ostro import commands

    with context.acting() as act:
        if unpause:
            commands.pause_dag_in(act.tx, dag_id=new.dag_id, paused=False)
        is_paused = is_dag_paused(act.tx, new.dag_id)
        if is_paused and wait:
            raise BadRequest(
                f"DAG {new.dag_id!r} is paused, and a paused DAG starts no runs: this would wait for ever; "
                f"give --unpause, or first run: ostro dags unpause {new.dag_id}"
            )
        made = commands.create_backfill_in(act.tx, act.clock, new)
        warn_of_early_dates(act.tx, new)
        act.dags.append(new.dag_id)
        act.note("create_backfill", dag_id=new.dag_id, extra={"backfill_id": made.id})
    if is_paused:
        print(f"The DAG is paused: the runs wait until: ostro dags unpause {new.dag_id}", file=sys.stderr)
    return made


def warn_of_early_dates(tx: Any, new: NewBackfill) -> None:
    """Say that dates before the DAG's start_date are among those ordered."""
    from ostro.commands.subject import current_spec

    begin = current_spec(tx, new.dag_id)[1].start_date
    tell_early_dates(new, None if begin is None else datetime.fromisoformat(begin))


def tell_early_dates(new: NewBackfill, begin: datetime | None) -> None:
    """The same, when it is known that the DAG begins at `begin`."""
    from ostro.rules.backfill import early

    sentence = early(new.dag_id, begin, new.from_date)
    if sentence is not None:
        print(sentence, file=sys.stderr)


def is_dag_paused(tx: Any, dag_id: str) -> bool:
    """Whether the DAG starts no runs at the moment."""
    from ostro.store import specs

    return bool((specs.dag_summary(tx, dag_id) or {}).get("is_paused"))
