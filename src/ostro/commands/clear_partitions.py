"""Take the partitions off runs, so that their keys may be used again; with their tasks, too."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from ostro.clock import Clock
from ostro.commands.clear_tasks import clear_run_in, clear_tasks_in
from ostro.commands.subject import current_spec
from ostro.commands.waking import tell
from ostro.errors import BadRequest, NotFound
from ostro.records import RunRecord
from ostro.store import partitions, specs
from ostro.timetable.zones import from_wall, zone_of


class ClearedPartitions(msgspec.Struct, frozen=True):
    """What it touches."""

    runs: list[RunRecord]
    instances: int
    #: Runs whose tasks are cleared: the same, and those in other DAGs that markers lead to.
    reached: list[RunRecord] = []


def clear_partitions_in(
    tx: Any,
    clock: Clock,
    *,
    dag_id: str,
    run_id: str | None = None,
    partition_key: str | None = None,
    date_start: datetime | None = None,
    date_end: datetime | None = None,
    clear_task_instances: bool = False,
    dry_run: bool = False,
) -> ClearedPartitions:
    """Forget partition key and date of one run, of the runs of a key, or of a span of partition dates (inclusive; a moment
    without zone is one of the DAG's time zone). Raises NotFound, BadRequest unless one of the three is given.
    """
    runs = runs_of_partitions(
        tx, dag_id, run_id=run_id, partition_key=partition_key, date_start=date_start, date_end=date_end
    )
    count = 0
    reached: dict[int, RunRecord] = {}
    if clear_task_instances:
        for run in runs:
            found = clear_tasks_in(tx, clock, dag_id=dag_id, run_id=run.run_id, dry_run=True)
            count += len(found.instances)
            reached |= {one.id: one for one in found.runs}
    if not dry_run and runs:
        partitions.forget(tx, [run.id for run in runs], clock.now())
        if clear_task_instances:
            for run in runs:
                clear_run_in(tx, clock, dag_id=dag_id, run_id=run.run_id)
        tell(tx, runs=[run.id for run in runs], dags=[dag_id])
    return ClearedPartitions(runs, count, list(reached.values()))


def runs_of_partitions(
    tx: Any,
    dag_id: str,
    *,
    run_id: str | None = None,
    partition_key: str | None = None,
    date_start: datetime | None = None,
    date_end: datetime | None = None,
) -> list[RunRecord]:
    """One run, the runs of a partition key, or those of a span of partition dates, as `clear_partitions_in` means them."""
    by_date = date_start is not None or date_end is not None
    if [run_id is not None, partition_key is not None, by_date].count(True) != 1:
        raise BadRequest(
            "say which runs: by run_id, by partition_key, or by a span of partition dates; one of these"
        )
    if specs.dag_summary(tx, dag_id) is None:
        raise NotFound(f"The Dag with ID: `{dag_id}` was not found")
    if by_date:
        _, spec = current_spec(tx, dag_id)
        date_start, date_end = (_zoned(d, spec.timezone) for d in (date_start, date_end))
    runs = partitions.runs_with(
        tx, dag_id, run_id=run_id, key=partition_key, date_start=date_start, date_end=date_end
    )
    if run_id is not None and not runs:
        raise NotFound(f"The DagRun with dag_id: `{dag_id}` and run_id: `{run_id}` was not found")
    return runs


def _zoned(moment: datetime | None, zone: str) -> datetime | None:
    if moment is None or moment.tzinfo is not None:
        return moment
    return from_wall(moment, zone_of(zone))
