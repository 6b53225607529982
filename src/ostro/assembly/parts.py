"""Each part with its slice of the settings."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from ostro.assembly import audit_key, keys
from ostro.clock import Clock
from ostro.loader import Bundle, LoaderConfig, ParseSpawner
from ostro.loader.foreign import ForeignConfig
from ostro.loader.git import GitConfig
from ostro.protocol.worker import TriggerLimits
from ostro.scheduler.config import SchedulerConfig
from ostro.settings import Settings
from ostro.settings.bundles import BundleSetting
from ostro.store import Store, audit_seals, purges, sealed
from ostro.worker.listener import ListenerProcess
from ostro.worker.nursery import clean_environment
from ostro.worker.processes import WorkerConfig

if TYPE_CHECKING:
    from ostro.loader.calendar import Calendar
    from ostro.protocol.calendar import AnyAsking, Moments
    from ostro.protocol.task import FileRef


def hostname() -> str:
    """Name of this machine, as it is written to attempts."""
    return socket.gethostname()


def make_store(settings: Settings) -> Store:
    """The store; opens no connection yet."""
    if settings.database.url.startswith("sqlite"):
        settings.home.ensure()
    store = Store.open(settings.database.url)
    sealed.use(store, lambda: keys.cipher(settings))
    audit_seals.use(store, lambda: audit_key.seals(settings))
    if settings.core.xcom_backend:
        purges.note_deleted(store)
    return store


def token_key(settings: Settings) -> bytes:
    """The key that signs logins; made at first start."""
    given = settings.secrets.token_key
    return given.encode() if given else settings.home.key("token.key", lambda: secrets.token_bytes(32))


def scheduler_config(settings: Settings, *, unpause_new: bool) -> SchedulerConfig:
    """What the scheduler is told."""
    return SchedulerConfig(
        log_folder=settings.logging.base_log_folder,
        hostname=hostname(),
        engine_id=f"{hostname()}:{settings.home.path}",
        base_url=settings.base_url,
        parallelism=settings.core.parallelism,
        kill_grace=settings.worker.kill_grace,
        timeout_grace=settings.worker.timeout_grace,
        events_per_turn=settings.scheduler.events_per_turn,
        runs_per_turn=settings.scheduler.runs_per_turn,
        heartbeat=settings.scheduler.heartbeat,
        heartbeat_timeout=settings.scheduler.heartbeat_timeout,
        lease=settings.scheduler.lease,
        sweep=settings.scheduler.sweep,
        callback_timeout=settings.scheduler.callback_timeout,
        missing_file_timeout=settings.scheduler.missing_file_timeout,
        trigger_capacity=settings.triggerer.capacity,
        trigger_queues_enabled=settings.triggerer.queues_enabled,
        trigger_queues=settings.triggerer.queues,
        trigger_blocked=settings.triggerer.blocked_timeout,
        clear_state_on_success=settings.state_store.clear_on_success,
        purge_xcoms=bool(settings.core.xcom_backend),
        unpause_new=unpause_new or not settings.core.dags_are_paused_at_creation,
    )


def loader_config(settings: Settings) -> LoaderConfig:
    """What the loader is told."""
    limits = [t for t in (settings.loader.import_timeout, settings.loader.file_timeout) if t > 0]
    return LoaderConfig(
        bundles=bundles(settings),
        plugins_folder=plugins_folder(settings),
        defaults=settings.parse_defaults(),
        ignore_syntax="regexp" if settings.loader.ignore_syntax == "regexp" else "glob",
        safe_mode=settings.loader.safe_mode,
        processes=settings.loader.parsing_processes,
        time_limit=min(limits) if limits else float("inf"),
        memory_limit=settings.loader.memory_limit,
        refresh_every=settings.loader.refresh_every,
        refresh_all_every=settings.loader.safety_refresh,
    )


def bundles(settings: Settings) -> tuple[Bundle, ...]:
    """Where DAG files are."""
    return tuple(_bundle(settings, one) for one in settings.bundles)


def _bundle(settings: Settings, one: BundleSetting) -> Bundle:
    if one.path is not None:
        return Bundle(folder=str(one.path.absolute()), name=one.name, dialect=settings.dialect)
    refresh_every = one.refresh_interval or settings.loader.bundle_refresh
    pins = not settings.loader.disable_bundle_versioning
    if one.classpath is not None:
        foreign = ForeignConfig(
            name=one.name,
            classpath=one.classpath,
            kwargs=one.kwargs,
            storage=str(settings.loader.bundle_storage_path),
            refresh_every=refresh_every,
            pins=pins,
            folders=(plugins_folder(settings),),
            environment=clean_environment({**os.environ, **settings.for_children()}),
        )
        return Bundle(folder=foreign.link, name=one.name, dialect=settings.dialect, foreign=foreign)
    folder = settings.loader.bundle_storage_path / one.name
    git = GitConfig(
        name=one.name,
        folder=str(folder),
        tracking_ref=one.tracking_ref,
        subdir=one.subdir,
        submodules=one.submodules,
        view_url=one.view_url_template,
        refresh_every=refresh_every,
        pins=pins,
    )
    tracking = str(folder / "tracking" / one.subdir).rstrip("/")
    return Bundle(folder=tracking, name=one.name, dialect=settings.dialect, git=git)


def calendar(settings: Settings, spawner: ParseSpawner, clock: Clock) -> Calendar:
    """What asks the timetables of DAG authors."""
    from ostro.loader.calendar import Calendar

    return Calendar(
        loader_config(settings),
        spawner,
        clock,
        time_limit=settings.scheduler.timetable_timeout,
        engine=str(settings.home.engine_socket),
    )


def timetable_asker(settings: Settings) -> Callable[[FileRef, AnyAsking], list[Moments]]:
    """The same for a process that may wait. Loaded when it is used: most installations never do."""

    @cache
    def asker() -> Callable[[FileRef, AnyAsking], list[Moments]]:
        from ostro.assembly.asking import TimetableAsker

        return TimetableAsker(settings)

    return lambda file, question: asker()(file, question)


def plugins_folder(settings: Settings) -> str:
    """The plugins folder; one inside the DAG folder counts as Airflow users keep it there.

    When there is none yet, it is where the first one may be made while the engine runs.
    """
    own, beside = settings.core.plugins_folder, settings.core.dags_folder / "plugins"
    if own.is_dir():
        return str(own)
    return str(own if "core.plugins_folder" in settings.origins and not beside.is_dir() else beside)


def static_folder() -> Path:
    """The built web page."""
    return Path(__file__).parents[1] / "web" / "static"


def listener(settings: Settings, warn: Callable[[str], None]) -> ListenerProcess | None:
    """The process that runs listeners of plugins; None when nothing is installed that could want to know."""
    from ostro.sdk.plugins import sources

    folder = plugins_folder(settings)
    found = sources.find(folder)
    if not (found.files or found.entries or settings.core.xcom_backend):
        return None
    return ListenerProcess(
        engine=str(settings.home.engine_socket),
        plugins_folder=folder,
        environment=clean_environment({**os.environ, **settings.for_children()}),
        warn=warn,
    )


def worker_config(settings: Settings) -> WorkerConfig:
    """What the processes on this machine are told."""
    return WorkerConfig(
        run_folder=str(settings.home.run),
        plugins_folder=plugins_folder(settings),
        defaults=settings.parse_defaults(),
        host_idle=settings.worker.host_idle,
        environment=clean_environment({**os.environ, **settings.for_children()}),
        import_timeout=settings.loader.import_timeout or float("inf"),
        triggers=TriggerLimits(
            on_kill_timeout=settings.triggerer.on_kill_timeout,
            blocked=settings.triggerer.blocked_warning,
            queue_size=settings.triggerer.shared_stream_queue_size,
            ack_timeout=settings.triggerer.shared_stream_ack_timeout,
            grace=settings.triggerer.shared_stream_grace,
        ),
    )
