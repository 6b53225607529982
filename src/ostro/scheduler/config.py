"""What the scheduler must be told; each part with its default and unit."""

from __future__ import annotations

from pathlib import Path

import msgspec


class SchedulerConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of one engine."""

    #: Folder of the task logs.
    log_folder: Path
    #: Name of this machine, written to every attempt.
    hostname: str
    #: Name of this engine among several; stays the same when it is started again. Empty = the machine's name.
    engine_id: str = ""
    #: Address of the web page, for links in task logs.
    base_url: str = "http://127.0.0.1:8080"
    #: Most task instances that run at once on this engine.
    parallelism: int = 32
    #: Seconds between SIGTERM and SIGKILL of a task that must end.
    kill_grace: float = 60.0
    #: Seconds after its execution_timeout at which a task that did not end itself is ended from outside.
    timeout_grace: float = 10.0
    #: Most events that one turn handles; the rest waits for the next.
    events_per_turn: int = 500
    #: Most scheduled runs that one turn creates, so that a long catch-up never blocks the loop.
    runs_per_turn: int = 100
    #: Whether schedules make runs. Without, DAGs run only when they are triggered.
    makes_scheduled_runs: bool = True
    #: Seconds between two heartbeats of running attempts and of the engine.
    heartbeat: float = 5.0
    #: Seconds without heartbeat after which an attempt or engine counts as lost.
    heartbeat_timeout: float = 300.0
    #: Seconds for which a run is leased (several schedulers on PostgreSQL).
    lease: float = 15.0
    #: Seconds between two looks at the database for what no message told (the net below the messages).
    sweep: float = 60.0
    #: Days that the history of state changes is kept.
    keep_events: int = 30
    #: New DAGs start unpaused.
    unpause_new: bool = False
    #: Seconds that the callbacks of one task or run may take together; 0 = any.
    callback_timeout: float = 300.0
    #: Seconds that a task waits for its DAG file, which is gone or broken, before it fails; 0 = for ever.
    missing_file_timeout: float = 3600.0
    #: Most triggers that this engine runs at once; 0 = no limit.
    trigger_capacity: int = 0
    #: The trigger of a task that starts in it belongs to the queue of the task.
    trigger_queues_enabled: bool = False
    #: Queues whose triggers this engine runs, beside those of no queue; empty = all.
    trigger_queues: tuple[str, ...] = ()
    #: Seconds after which a trigger that keeps the others waiting gets a process of its own.
    trigger_blocked: float = 5.0
    #: What a task keeps is deleted when it succeeds.
    clear_state_on_success: bool = False
    #: A backend of the installation may keep values of XComs elsewhere: a task is told what its last try left.
    purge_xcoms: bool = False

    @property
    def name(self) -> str:
        """This engine's name among several."""
        return self.engine_id or self.hostname
