"""All SQL of Ostro, on SQLite and PostgreSQL. Functions are named entity, verb, guard; bulk first.

Who is authoritative: the database. A process may die at any statement: what it wrote in the open transaction is gone,
what was committed holds over a loss of power. The caller opens the transaction (`Store.begin`, `Store.read`) and
hands it to every function; a guarded write that meets another state returns False and changes nothing. Errors of the
drivers leave only as StoreUnavailable (try again), StoreFull or StoreError; then the transaction must be given up.
"""

from ostro.protocol.task import FileRef
from ostro.store import (
    asset_queue,
    assets,
    backfills,
    clean,
    connection_tests,
    connections,
    deadlines,
    engines,
    hitl,
    instances,
    leases,
    notify,
    others,
    outbox,
    partitions,
    past,
    places,
    pools,
    problems,
    purges,
    rendered,
    roles,
    rotation,
    rows,
    run_triggers,
    runs,
    sealed,
    sessions,
    specs,
    state_stores,
    transitions,
    triggers,
    variables,
    views,
    watchers,
    xcoms,
)
from ostro.store.backfills import BackfillRecord, NewBackfill
from ostro.store.cipher import Cipher
from ostro.store.connections import ConnectionRecord
from ostro.store.engine import Store
from ostro.store.engines import EngineRecord
from ostro.store.instances import RunningAttempt
from ostro.store.outbox import OutboxRow, WaitingCallback
from ostro.store.pools import Pool, PoolUse
from ostro.store.runs import NewRun, RunMove
from ostro.store.specs import FileRecord, NextRun, SaveResult, ScheduleRow
from ostro.store.triggers import NewTrigger, TriggerRecord
from ostro.store.variables import Variable

__all__ = [
    "BackfillRecord",
    "Cipher",
    "ConnectionRecord",
    "EngineRecord",
    "FileRecord",
    "FileRef",
    "NewBackfill",
    "NewRun",
    "NewTrigger",
    "NextRun",
    "OutboxRow",
    "Pool",
    "PoolUse",
    "RunMove",
    "RunningAttempt",
    "SaveResult",
    "ScheduleRow",
    "Store",
    "TriggerRecord",
    "Variable",
    "WaitingCallback",
    "asset_queue",
    "assets",
    "backfills",
    "clean",
    "connection_tests",
    "connections",
    "deadlines",
    "engines",
    "hitl",
    "instances",
    "leases",
    "notify",
    "others",
    "outbox",
    "partitions",
    "past",
    "places",
    "pools",
    "problems",
    "purges",
    "rendered",
    "roles",
    "rotation",
    "rows",
    "run_triggers",
    "runs",
    "sealed",
    "sessions",
    "specs",
    "state_stores",
    "transitions",
    "triggers",
    "variables",
    "views",
    "watchers",
    "xcoms",
]
