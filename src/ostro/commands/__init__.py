"""What users and operators may do, one verb per file: for the API, the CLI and task processes alike.

Each verb exists twice. `trigger_run(store, clock, wake, …)` is a transaction of its own and wakes the engine after it.
`trigger_run_in(tx, …)` is the same inside a transaction of the caller, who wakes the engine after the commit.
Both tell other processes through the database where it can (NOTIFY of PostgreSQL). Decisions come from `ostro.rules`;
writes are guarded, and decided anew when the engine was faster. Errors are `UserError`s made for people.
"""

from ostro.commands.answer_input import answer_input, answer_input_in
from ostro.commands.ask_timetable import Ask, ask_between, ask_manual, ask_planned
from ostro.commands.assets import create_asset_event_in, forget_queued_events_in, producer_of
from ostro.commands.backfill import (
    cancel_backfill_in,
    create_backfill_in,
    pause_backfill_in,
    preview_backfill_in,
)
from ostro.commands.clear_partitions import ClearedPartitions, clear_partitions_in, runs_of_partitions
from ostro.commands.clear_tasks import Cleared, clear_run, clear_run_in, clear_tasks, clear_tasks_in
from ostro.commands.connections import (
    create_connection,
    create_connection_in,
    delete_connections,
    delete_connections_in,
    set_connection,
    set_connection_in,
)
from ostro.commands.default_connections import create_default_connections_in
from ostro.commands.delete_dag import delete_dag, delete_dag_in
from ostro.commands.delete_instances import delete_instances_in
from ostro.commands.delete_run import delete_run, delete_run_in
from ostro.commands.drain_engine import drain_engine, drain_engine_in
from ostro.commands.mark_run import MarkedRun, mark_run, mark_run_in
from ostro.commands.mark_tasks import MarkedTasks, mark_tasks, mark_tasks_in
from ostro.commands.only_task import only_task_in
from ostro.commands.parse_file import parse_file_in
from ostro.commands.pause_dag import pause_dag, pause_dag_in, pause_dags, pause_dags_in
from ostro.commands.pools import (
    create_pool,
    create_pool_in,
    delete_pools,
    delete_pools_in,
    set_pool,
    set_pool_in,
)
from ostro.commands.set_note import set_run_note, set_run_note_in, set_task_note, set_task_note_in
from ostro.commands.trigger_run import manual_interval, trigger_run, trigger_run_in
from ostro.commands.variables import (
    create_variable,
    create_variable_in,
    delete_variables,
    delete_variables_in,
    set_variable,
    set_variable_in,
)
from ostro.commands.waking import Wake

__all__ = [
    "Ask",
    "Cleared",
    "ClearedPartitions",
    "MarkedRun",
    "MarkedTasks",
    "Wake",
    "answer_input",
    "answer_input_in",
    "ask_between",
    "ask_manual",
    "ask_planned",
    "cancel_backfill_in",
    "clear_partitions_in",
    "clear_run",
    "clear_run_in",
    "clear_tasks",
    "clear_tasks_in",
    "create_asset_event_in",
    "create_backfill_in",
    "create_connection",
    "create_connection_in",
    "create_default_connections_in",
    "create_pool",
    "create_pool_in",
    "create_variable",
    "create_variable_in",
    "delete_connections",
    "delete_connections_in",
    "delete_dag",
    "delete_dag_in",
    "delete_instances_in",
    "delete_pools",
    "delete_pools_in",
    "delete_run",
    "delete_run_in",
    "delete_variables",
    "delete_variables_in",
    "drain_engine",
    "drain_engine_in",
    "forget_queued_events_in",
    "manual_interval",
    "mark_run",
    "mark_run_in",
    "mark_tasks",
    "mark_tasks_in",
    "only_task_in",
    "parse_file_in",
    "pause_backfill_in",
    "pause_dag",
    "pause_dag_in",
    "pause_dags",
    "pause_dags_in",
    "preview_backfill_in",
    "producer_of",
    "runs_of_partitions",
    "set_connection",
    "set_connection_in",
    "set_pool",
    "set_pool_in",
    "set_run_note",
    "set_run_note_in",
    "set_task_note",
    "set_task_note_in",
    "set_variable",
    "set_variable_in",
    "trigger_run",
    "trigger_run_in",
]
