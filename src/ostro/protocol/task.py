"""What a process that runs user code and the engine say to each other."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import msgspec

from ostro.protocol.assets import GetAssetEvents as GetAssetEvents
from ostro.protocol.assets import GetAssets as GetAssets
from ostro.protocol.assets import GetConsumedEvents as GetConsumedEvents
from ostro.protocol.question import Message as Message
from ostro.protocol.question import Question as Question
from ostro.protocol.rows import FindAssets as FindAssets
from ostro.protocol.rows import FindLog as FindLog
from ostro.protocol.rows import FindTries as FindTries
from ostro.records import XComRow


class RunInfo(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A DAG run as user code sees it (`dag_run` in the context)."""

    dag_id: str
    run_id: str
    run_type: str
    state: str
    run_after: datetime
    logical_date: datetime | None = None
    data_interval_start: datetime | None = None
    data_interval_end: datetime | None = None
    queued_at: datetime | None = None
    start_date: datetime | None = None
    end_date: datetime | None = None
    conf: dict[str, Any] = {}
    clear_number: int = 0
    triggered_by: str = "timetable"
    triggering_user: str | None = None
    note: str | None = None
    partition_key: str | None = None
    #: The moment that the partition stands for.
    partition_date: datetime | None = None
    #: The first asset events that the run consumed, as `GetAssetEvents` gives them, in their order.
    consumed_asset_events: list[dict[str, Any]] = []
    #: There are more, which `GetConsumedEvents` gives.
    more_asset_events: bool = False


# ---- orders: engine → process ------------------------------------------------------------------------------


class FileRef(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where a DAG file is on this machine, and which content is meant."""

    #: Folder of the bundle (on sys.path) and the path inside it ("a.zip/x.py" inside a zip).
    folder: str
    path: str
    bundle: str = "dags-folder"
    #: Fingerprint of the file and all it depends on; a new one retires the host.
    fingerprint: str = ""
    #: Forced dialect of the folder: 2, 3 or None = decided by the file.
    dialect: int | None = None


class TaskOrder(Message, frozen=True, kw_only=True):
    """Run one attempt. All that is needed to start user code without asking back."""

    attempt_id: str
    file: FileRef
    run: RunInfo
    task_id: str
    map_index: int = -1
    try_number: int
    max_tries: int
    #: Absolute path of the log file, JSON lines; opened with O_APPEND by the process.
    log_path: str
    queued_at: datetime | None = None
    start_date: datetime
    #: First start of the series of reschedules or retries; sensor timeouts count from it.
    first_start_date: datetime | None = None
    reschedule_count: int = 0
    pool: str = "default_pool"
    queue: str = "default"
    priority_weight: int = 1
    hostname: str = ""
    #: Resume of a deferred task.
    next_method: str | None = None
    next_kwargs: Any = None
    #: Number of instances of each mapped upstream and of the task's own expansion, by task id.
    lengths: dict[str, int] = {}
    #: Address of the web page, for log_url.
    base_url: str = ""
    #: Key and stored value of XComs that the last try left, when a backend of the installation may keep their values
    #: elsewhere: they are deleted here already, there the process does it.
    purge: list[tuple[str, bytes]] = []


class CallbackOrder(Message, frozen=True, kw_only=True):
    """Run callbacks for something that already happened (a row of the outbox)."""

    callback_id: int
    file: FileRef
    run: RunInfo
    #: dag_success, dag_failure, task_failure, task_retry, task_success, task_skipped, deadline, deadline_reference,
    #: sla_miss.
    kind: str
    reason: str = ""
    #: The instance concerned, or the last relevant one for a DAG callback.
    task_id: str | None = None
    map_index: int = -1
    try_number: int = 0
    max_tries: int = 0
    state: str | None = None
    start_date: datetime | None = None
    end_date: datetime | None = None
    log_path: str = ""
    error: str | None = None
    #: Seconds that the functions may take together; 0 = any.
    timeout: float = 0.0
    #: Address of the web page, for log_url.
    base_url: str = ""
    #: Of a deadline: {id, deadline_time, name, reference, callback}; of an SLA: {tasks, blocking}.
    details: dict[str, Any] | None = None


class Leave(Message, frozen=True, kw_only=True):
    """The process is not needed any more."""


# ---- answers: engine → process -----------------------------------------------------------------------------


class Done(Message, frozen=True, kw_only=True):
    """The question was carried out; `state` is the instance's state after a result."""

    seq: int
    state: str | None = None
    #: Outbox rows of the callbacks that the process now runs itself and confirms with `CallbacksRan`.
    callback_ids: list[int] = []
    #: Seconds that these callbacks may take together; 0 = any.
    callback_timeout: float = 0.0


class Value(Message, frozen=True, kw_only=True):
    """An answer with data, in the shape that the question documents; None when there is nothing."""

    seq: int
    found: bool = True
    data: Any = None


class Refused(Message, frozen=True, kw_only=True):
    """The question was not carried out: 404 not there, 409 conflict, 410 superseded attempt, 422 cannot be done."""

    seq: int
    code: int
    text: str


Order = TaskOrder | CallbackOrder | Leave
Answer = Done | Value | Refused
ToProcess = TaskOrder | CallbackOrder | Leave | Done | Value | Refused


# ---- a process presents itself -----------------------------------------------------------------------------


class Ready(Message, frozen=True, kw_only=True):
    """A warm process of a host, waiting for an order."""

    #: 0 = the kernel tells it with the connection.
    pid: int
    #: Start time of the process in clock ticks since boot (/proc/PID/stat field 22; 0 where there is none), or up to
    #: two seconds before it.
    pid_birth: int
    #: Its host, which has told the engine what file it has imported.
    host_pid: int
    #: The file, where there is no host to tell it.
    file: FileRef | None = None


class Resume(Message, frozen=True, kw_only=True):
    """A process whose engine went away and came back: it still works on this attempt."""

    pid: int
    pid_birth: int
    attempt_id: str


# ---- questions: process → engine ---------------------------------------------------------------------------


class GetXCom(Question, frozen=True, kw_only=True):
    """Value(data=JSON bytes) of one XCom."""

    dag_id: str
    run_id: str
    task_id: str
    key: str = "return_value"
    map_index: int = -1
    include_prior_dates: bool = False


class GetXComs(Question, frozen=True, kw_only=True):
    """Value(data=[[map_index, JSON bytes], …]) ordered by map index: XComs of one task's instances in a run.

    `start`, `stop` select a slice by position (None = open end). `include_prior_dates` adds those of all earlier runs
    by logical date, for each map index the oldest first; with `newest` only the latest run that has any counts.
    """

    dag_id: str
    run_id: str
    task_id: str
    key: str = "return_value"
    start: int | None = None
    stop: int | None = None
    include_prior_dates: bool = False
    newest: bool = False


class CountXComs(Question, frozen=True, kw_only=True):
    """Value(data=int): how many instances of the task have the key."""

    dag_id: str
    run_id: str
    task_id: str
    key: str = "return_value"


class SetXCom(Question, frozen=True, kw_only=True):
    """Done. The instance that writes may write under its own task and map index only, except for `skipmixin_key`."""

    dag_id: str
    run_id: str
    row: XComRow


class DeleteXCom(Question, frozen=True, kw_only=True):
    """Done."""

    dag_id: str
    run_id: str
    task_id: str
    key: str
    map_index: int = -1


class GetVariable(Question, frozen=True, kw_only=True):
    """Value(data=str)."""

    key: str


class SetVariable(Question, frozen=True, kw_only=True):
    """Done."""

    key: str
    value: str
    description: str | None = None


class DeleteVariable(Question, frozen=True, kw_only=True):
    """Value(data=True) when it was there."""

    key: str


class ListVariables(Question, frozen=True, kw_only=True):
    """Value(data=[key, …])."""

    prefix: str = ""


class GetConnection(Question, frozen=True, kw_only=True):
    """Value(data={conn_id, conn_type, host, login, password, schema, port, extra, description})."""

    conn_id: str


class ListConnections(Question, frozen=True, kw_only=True):
    """Value(data=[conn_id, …])."""


class SetConnection(Question, frozen=True, kw_only=True):
    """Done. Creates or replaces; fields as GetConnection gives them. Refused 422 for an id or extra that cannot be."""

    fields: dict[str, Any]


class DeleteConnection(Question, frozen=True, kw_only=True):
    """Value(data=True) when it was there."""

    conn_id: str


class ListPools(Question, frozen=True, kw_only=True):
    """Value(data=[{name, slots, description, include_deferred, running, queued, scheduled, deferred}, …])."""


class FindDags(Question, frozen=True, kw_only=True):
    """Value(data=[as GetDag, …]) by id; None means all."""

    dag_ids: list[str] | None = None
    limit: int = 10000


class FindXComs(Question, frozen=True, kw_only=True):
    """Value(data=[{dag_id, run_id, logical_date, task_id, map_index, key, timestamp, value}, …]), the newest run first.

    `value` is JSON bytes, None without `values`. What is None or empty does not restrict.
    """

    dag_id: str = ""
    run_ids: list[str] | None = None
    task_ids: list[str] | None = None
    keys: list[str] | None = None
    values: bool = True
    limit: int = 10000


class GetRun(Question, frozen=True, kw_only=True):
    """Value(data=RunInfo as dict)."""

    dag_id: str
    run_id: str


class FindRuns(Question, frozen=True, kw_only=True):
    """Value(data=[RunInfo as dict, …]) newest logical date first. An empty dag_id means any."""

    dag_id: str
    run_ids: list[str] | None = None
    states: list[str] | None = None
    run_types: list[str] | None = None
    logical_dates: list[datetime] | None = None
    logical_date_from: datetime | None = None
    logical_date_until: datetime | None = None
    #: Exclusive bound on the logical date, for "the previous run".
    before: datetime | None = None
    limit: int = 1000


class CountRuns(Question, frozen=True, kw_only=True):
    """Value(data=int)."""

    dag_id: str
    run_ids: list[str] | None = None
    states: list[str] | None = None
    logical_dates: list[datetime] | None = None


class FindTaskInstances(Question, frozen=True, kw_only=True):
    """Value(data=[{dag_id, run_id, task_id, map_index, state, try_number, start_date, end_date, …}, …]).

    An empty dag_id means any.
    """

    dag_id: str
    task_ids: list[str] | None = None
    group_id: str | None = None
    run_ids: list[str] | None = None
    states: list[str] | None = None
    map_index: int | None = None
    logical_dates: list[datetime] | None = None
    limit: int = 10000


class GetDag(Question, frozen=True, kw_only=True):
    """Value(data={dag_id, is_paused, fileloc, last_parsed_time, …}); `with_tasks` adds task_ids and group_ids."""

    dag_id: str
    with_tasks: bool = False


class TriggerRun(Question, frozen=True, kw_only=True):
    """Value(data={run_id}). Refused 404 unknown DAG, 409 when the run exists."""

    dag_id: str
    run_id: str | None = None
    logical_date: datetime | None = None
    #: When it is due; None = when its data interval is over.
    run_after: datetime | None = None
    conf: dict[str, Any] = {}
    reset_if_exists: bool = False
    note: str | None = None


class ClearRun(Question, frozen=True, kw_only=True):
    """Done."""

    dag_id: str
    run_id: str


class PauseDag(Question, frozen=True, kw_only=True):
    """Done."""

    dag_id: str
    paused: bool


class PutDeadline(Question, frozen=True, kw_only=True):
    """Done. A reference of the author's own says from when a deadline of the run counts."""

    dag_id: str
    run_id: str
    #: Position among the DAG's alerts.
    number: int
    base_at: datetime


class GetState(Question, frozen=True, kw_only=True):
    """Value(data=JSON bytes): a key of a task's or an asset's state store. `asset`: (name, uri), else the task's."""

    key: str
    dag_id: str = ""
    run_id: str = ""
    task_id: str = ""
    map_index: int = -1
    asset: tuple[str, str] | None = None


class SetState(Question, frozen=True, kw_only=True):
    """Done. The running instance writes its own state; that of an asset only with the asset among its inlets or outlets."""

    key: str
    value: bytes
    #: Of a task's key; None = kept as long as the run.
    expires_at: datetime | None = None
    asset: tuple[str, str] | None = None
    #: A watcher of the asset writes, no task.
    watcher: bool = False


class DeleteState(Question, frozen=True, kw_only=True):
    """Done. Without a key all of them; `all_map_indices`: those of all instances of the task."""

    key: str | None = None
    all_map_indices: bool = False
    asset: tuple[str, str] | None = None
    watcher: bool = False


class Rendered(Question, frozen=True, kw_only=True):
    """Done. The rendered template fields, JSON object bytes, for screens; masked already."""

    fields: bytes


# ---- results: process → engine, each answered with Done or Refused ------------------------------------------


class Skips(msgspec.Struct, frozen=True):
    """Downstream instances that a branch or short circuit skips."""

    task_ids: list[str]
    map_index: int = -1


class Result(Question, frozen=True, kw_only=True):
    """Base of results. The process waits for Done before it ends, and repeats the result to a new engine."""

    end_date: datetime
    #: XComs pushed at the end, written in the same transaction as the state.
    xcoms: list[XComRow] = []
    rendered: bytes | None = None
    rendered_map_index: str | None = None
    asset_events: list[dict[str, Any]] = []


class Succeeded(Result, frozen=True, kw_only=True):
    """The task ended well."""

    skips: list[Skips] = []


class Skipped(Result, frozen=True, kw_only=True):
    """The task skipped itself."""

    text: str = ""


class Failed(Result, frozen=True, kw_only=True):
    """The task raised. The engine decides whether it is tried again; Done.state says which."""

    #: False for AirflowFailException, a sensor's timeout and the like.
    retryable: bool = True
    #: "exception", "timeout", "template", "import", "xcom", "terminated".
    kind: str = "exception"
    #: First line for people: class and message.
    text: str = ""
    #: Seconds until the next try when a retry policy says so.
    retry_delay: float | None = None
    fail_now: bool = False


class Rescheduled(Result, frozen=True, kw_only=True):
    """A sensor gives its slot back until a moment."""

    until: datetime


class Deferred(Result, frozen=True, kw_only=True):
    """The task waits for a trigger."""

    classpath: str
    trigger_kwargs: Any
    next_method: str
    next_kwargs: Any = None
    timeout: float | None = None
    queue: str | None = None


class AwaitsInput(Result, frozen=True, kw_only=True):
    """The task waits for a person's answer."""

    detail: dict[str, Any]
    next_method: str
    next_kwargs: Any = None
    timeout: float | None = None


class CallbacksRan(Question, frozen=True, kw_only=True):
    """Done. The outbox rows are finished."""

    callback_ids: list[int]
    error: str | None = None


FromProcess = (
    Ready
    | Resume
    | GetXCom
    | GetXComs
    | CountXComs
    | SetXCom
    | DeleteXCom
    | GetVariable
    | SetVariable
    | DeleteVariable
    | ListVariables
    | GetConnection
    | ListConnections
    | SetConnection
    | DeleteConnection
    | ListPools
    | FindDags
    | FindXComs
    | GetRun
    | FindRuns
    | CountRuns
    | FindTaskInstances
    | FindTries
    | FindLog
    | FindAssets
    | GetDag
    | TriggerRun
    | ClearRun
    | PauseDag
    | PutDeadline
    | GetState
    | SetState
    | DeleteState
    | GetAssetEvents
    | GetConsumedEvents
    | GetAssets
    | Rendered
    | Succeeded
    | Skipped
    | Failed
    | Rescheduled
    | Deferred
    | AwaitsInput
    | CallbacksRan
)
ResultMessage = Succeeded | Skipped | Failed | Rescheduled | Deferred | AwaitsInput
ResultKind = Literal["succeeded", "skipped", "failed", "rescheduled", "deferred", "awaits_input"]
