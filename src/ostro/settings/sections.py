"""Every option of Ostro, declared once: its type here is the type of the value, the rest is for files and pages.

Only what the engine and its parts read is here. What DAG code asks of Airflow's own options is in `airflow_defaults`.
An option that Airflow has too keeps Airflow's newest name and section when task processes read it.
"""

# ruff: noqa: RUF009 - option() declares the field

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ostro.settings import checks
from ostro.settings.bundles import check_bundles
from ostro.settings.option import option


@dataclass(frozen=True, kw_only=True)
class Core:
    """Folders, limits, and what a DAG or task gets when its author did not say."""

    dags_folder: Path = option("{home}/dags", "Folder with the DAG files.", airflow=("core.dags_folder",))
    plugins_folder: Path = option(
        "{home}/plugins",
        "Folder with plugins, and modules that DAG files may import.",
        airflow=("core.plugins_folder",),
    )
    test_connection: str = option(
        "Disabled",
        "Whether people may have a Connection tried by its hook, which calls an address of their choice from the machine of"
        " the API server.",
        airflow=("core.test_connection",),
        choices=("Disabled", "Enabled", "Hidden"),
    )
    default_timezone: str = option(
        "UTC",
        "Time zone of dates without one: an IANA name, or system.",
        airflow=("core.default_timezone",),
        check=checks.timezone,
    )
    parallelism: int = option(
        "32", "Most task instances that run at once on one engine.", airflow=("core.parallelism",), minimum=1
    )
    max_active_tasks_per_dag: int = option(
        "16",
        "Most task instances of one run (2.x files: of one DAG) at once, unless the DAG says.",
        airflow=("core.max_active_tasks_per_dag", "core.dag_concurrency"),
        minimum=1,
    )
    max_active_runs_per_dag: int = option(
        "16",
        "Most runs of one DAG at once, unless the DAG says.",
        airflow=("core.max_active_runs_per_dag",),
        minimum=1,
    )
    max_consecutive_failed_dag_runs_per_dag: int = option(
        "0",
        "A DAG is paused after so many failed runs in a row; 0 = never.",
        airflow=("core.max_consecutive_failed_dag_runs_per_dag",),
        minimum=0,
    )
    dags_are_paused_at_creation: bool = option(
        "true", "New DAGs start paused, unless the DAG says.", airflow=("core.dags_are_paused_at_creation",)
    )
    default_task_retries: int = option(
        "0", "Retries of a task that does not say.", airflow=("core.default_task_retries",), minimum=0
    )
    default_task_retry_delay: float = option(
        "300",
        "Wait before a retry of a task that does not say.",
        unit="seconds",
        airflow=("core.default_task_retry_delay",),
        minimum=0,
    )
    default_task_execution_timeout: float | None = option(
        "",
        "Time limit of a task that does not say; empty = none.",
        unit="seconds",
        airflow=("core.default_task_execution_timeout",),
        minimum=0,
    )
    default_task_weight_rule: str = option(
        "downstream",
        "How a task's priority is made when it does not say.",
        airflow=("core.default_task_weight_rule",),
        choices=("downstream", "upstream", "absolute"),
    )
    max_map_length: int = option(
        "1024", "Most instances that one mapped task may have.", airflow=("core.max_map_length",), minimum=1
    )
    max_templated_field_length: int = option(
        "4096",
        "Longest rendered field kept for the page; the rest is cut.",
        unit="characters",
        airflow=("core.max_templated_field_length",),
        minimum=0,
    )
    allow_double_dot_in_ids: bool = option(
        "false", "DAG and task ids may hold two dots in a row.", airflow=("core.allow_double_dot_in_ids",)
    )
    dag_run_conf_overrides_params: bool = option(
        "true",
        "The conf given at trigger replaces params of the same name.",
        airflow=("core.dag_run_conf_overrides_params",),
    )
    xcom_backend: str = option(
        "",
        "Dotted path of a class that stores XComs; empty = in the database.",
        airflow=("core.xcom_backend",),
        check=checks.xcom_backend,
    )

    hide_sensitive_var_conn_fields: bool = option(
        "true",
        "Mask values whose name says that they are secret.",
        airflow=("core.hide_sensitive_var_conn_fields", "admin.hide_sensitive_variable_fields"),
    )
    sensitive_var_conn_names: tuple[str, ...] = option(
        "",
        "More words that make a name secret, separated by commas.",
        airflow=("core.sensitive_var_conn_names", "admin.sensitive_variable_fields"),
    )


@dataclass(frozen=True, kw_only=True)
class Operators:
    """More of what a task gets when its author did not say."""

    default_owner: str = option(
        "airflow", "Owner of a task that does not say.", airflow=("operators.default_owner",)
    )
    default_queue: str = option(
        "default",
        "Queue of a task that does not say.",
        airflow=("operators.default_queue", "celery.default_queue"),
    )


@dataclass(frozen=True, kw_only=True)
class Database:
    """Where the state is kept."""

    url: str = option(
        "sqlite:///{home}/ostro.db",
        "Database with all state: sqlite:////absolute/path or postgresql://user:password@host/name.",
        airflow=("database.sql_alchemy_conn", "core.sql_alchemy_conn"),
        # The URL in an airflow.cfg is that of Airflow's own database, which stays as it is.
        airflow_file=False,
        secret=True,
        check=checks.database_url,
    )


@dataclass(frozen=True, kw_only=True)
class Scheduler:
    """The engine: what it decides by, and its rhythms."""

    catchup_by_default: bool | None = option(
        "",
        "Make the runs missed since the start date when the DAG does not say; empty = as the Airflow that the file "
        "was written for (2.x true, 3.x false).",
        airflow=("scheduler.catchup_by_default",),
    )
    create_cron_data_intervals: bool = option(
        "false",
        "A cron or timedelta schedule of a 3.x file makes data intervals, as in 2.x.",
        airflow=("scheduler.create_cron_data_intervals",),
    )
    ignore_first_depends_on_past_by_default: bool = option(
        "true",
        "A task new in its DAG need not wait for its past, unless it says.",
        airflow=("scheduler.ignore_first_depends_on_past_by_default",),
    )
    allowed_run_id_pattern: str = option(
        "^[A-Za-z0-9_.~:+-]+$",
        "Regular expression that a run id given by a person must match as a whole.",
        airflow=("scheduler.allowed_run_id_pattern",),
        check=checks.pattern,
    )
    heartbeat: float = option(
        "5", "Time between two heartbeats of the engine and of running tasks.", unit="seconds", minimum=0.1
    )
    heartbeat_timeout: float = option(
        "300",
        "Without a heartbeat for so long a task or engine counts as lost.",
        unit="seconds",
        airflow=("scheduler.task_instance_heartbeat_timeout", "scheduler.scheduler_zombie_task_threshold"),
        minimum=1,
    )
    lease: float = option(
        "15",
        "How long a run belongs to one of several engines before it must renew (PostgreSQL).",
        unit="seconds",
        minimum=1,
    )
    sweep: float = option(
        "60", "Time between two looks at the database for what no message told.", unit="seconds", minimum=1
    )
    runs_per_turn: int = option(
        "100", "Most scheduled runs made in one turn, so that a long catch-up blocks nothing.", minimum=1
    )
    timetable_timeout: float = option(
        "10",
        "How long a timetable of a DAG's author may take to say when the next run is due.",
        unit="seconds",
        minimum=0.1,
    )
    events_per_turn: int = option("500", "Most messages handled in one turn.", minimum=1)
    callback_timeout: float = option(
        "300",
        "Time limit for the callbacks of one task or run together; 0 = none.",
        unit="seconds",
        airflow=("callbacks.callback_execution_timeout",),
        minimum=0,
    )
    missing_file_timeout: float = option(
        "3600",
        "Tasks whose DAG file is gone or broken wait so long for its return, then they fail; 0 = for ever.",
        unit="seconds",
        minimum=0,
    )


@dataclass(frozen=True, kw_only=True)
class StateStore:
    """What tasks and assets keep between tries and runs (`task_state_store`, `asset_state_store`)."""

    default_retention_days: int = option(
        "30",
        "A key of a task that does not say is kept so long; 0 = as long as its run.",
        unit="days",
        airflow=("state_store.default_retention_days",),
        minimum=0,
    )
    max_value_storage_bytes: int = option(
        "65535",
        "Longest value of a key.",
        unit="bytes",
        airflow=("state_store.max_value_storage_bytes",),
        minimum=1,
    )
    clear_on_success: bool = option(
        "false",
        "The keys of a task are deleted when it succeeds.",
        airflow=("state_store.clear_on_success",),
    )


@dataclass(frozen=True, kw_only=True)
class Loader:
    """Finding and parsing DAG files."""

    parsing_processes: int = option(
        "2",
        "Most DAG files parsed at once.",
        airflow=("dag_processor.parsing_processes", "scheduler.parsing_processes", "scheduler.max_threads"),
        minimum=1,
    )
    import_timeout: float = option(
        "30",
        "Time limit for the import of one DAG file; 0 = none.",
        unit="seconds",
        airflow=("core.dagbag_import_timeout",),
        minimum=0,
    )
    file_timeout: float = option(
        "50",
        "Time limit after which the process that parses a file is killed; 0 = none.",
        unit="seconds",
        airflow=("dag_processor.dag_file_processor_timeout", "core.dag_file_processor_timeout"),
        minimum=0,
    )
    memory_limit: int = option(
        "4096", "Address space that the import of one file may add; 0 = any.", unit="MiB", minimum=0
    )
    refresh_every: float = option(
        "300",
        "How often a file that used the network while it was parsed is parsed again.",
        unit="seconds",
        minimum=1,
    )
    safety_refresh: float = option(
        "3600",
        "How often every file is looked at although nothing told of a change.",
        unit="seconds",
        minimum=1,
    )
    safe_mode: bool = option(
        "true",
        "Only files whose text has the words dag and airflow are parsed.",
        airflow=("core.dag_discovery_safe_mode",),
    )
    ignore_syntax: str = option(
        "glob",
        "How lines of .airflowignore are read.",
        airflow=("core.dag_ignore_file_syntax",),
        choices=("glob", "regexp"),
    )
    bundles: str = option(
        "",
        "Folders, git repositories and other bundles with DAG files: Airflow's JSON list, or name = /folder, "
        "name = git+https://host/repository.git@branch:folder, separated by commas; empty = dags_folder alone.",
        airflow=("dag_processor.dag_bundle_config_list",),
        check=check_bundles,
    )
    bundle_storage_path: Path = option(
        "{home}/bundles",
        "Where the files of bundles that are fetched, and the versions of them that runs need, are kept.",
        airflow=("dag_processor.dag_bundle_storage_path",),
    )
    bundle_refresh: float = option(
        "300",
        "Time between two looks at a bundle that is fetched, unless the bundle says.",
        unit="seconds",
        airflow=("dag_processor.refresh_interval",),
        minimum=1,
    )
    disable_bundle_versioning: bool = option(
        "false",
        "Runs are not pinned to the commit of their bundle: tasks run the newest code.",
        airflow=("dag_processor.disable_bundle_versioning",),
    )
    dialect: str = option(
        "auto",
        "Which Airflow the files of the folder were written for; auto = each file shows it.",
        choices=("auto", "2", "3"),
    )


@dataclass(frozen=True, kw_only=True)
class Triggerer:
    """Triggers of deferred tasks and watchers of assets. They run in processes of the engine."""

    capacity: int = option(
        "0",
        "Most triggers that one engine runs at once, further ones wait; 0 = no limit.",
        airflow=("triggerer.capacity", "triggerer.default_capacity"),
        minimum=0,
    )
    queues_enabled: bool = option(
        "false",
        "A trigger belongs to the queue of its task, so that only an engine that serves this queue runs it.",
        airflow=("triggerer.queues_enabled",),
    )
    queues: tuple[str, ...] = option(
        "",
        "Queues whose triggers this engine runs, beside those of no queue; empty = all. Airflow's triggerer --queues.",
    )
    on_kill_timeout: float = option(
        "30",
        "How long on_kill of a trigger may take when its task was ended from outside.",
        unit="seconds",
        airflow=("triggerer.on_kill_timeout",),
        minimum=0,
    )
    blocked_warning: float = option(
        "0.2",
        "A trigger that keeps all others waiting for so long is named in a warning.",
        unit="seconds",
        airflow=("triggerer.blocked_main_thread_warning_threshold",),
        minimum=0.01,
    )
    blocked_timeout: float = option(
        "5",
        "A trigger that keeps all others waiting for so long is started again in a process of its own.",
        unit="seconds",
        minimum=0.1,
    )
    shared_stream_queue_size: int = option(
        "1024",
        "Events that a watcher may fall behind its shared source before it fails.",
        airflow=("triggerer.shared_stream_subscriber_queue_size",),
        minimum=1,
    )
    shared_stream_ack_timeout: float = option(
        "300",
        "A watcher that is not done with an event of an acknowledged source in this time fails.",
        unit="seconds",
        airflow=("triggerer.shared_stream_ack_timeout",),
        minimum=0.1,
    )
    shared_stream_grace: float = option(
        "0",
        "Time between the first watcher of a shared source and its opening, in which the others may join.",
        unit="seconds",
        airflow=("triggerer.shared_stream_cohort_grace_period",),
        minimum=0,
    )


@dataclass(frozen=True, kw_only=True)
class Worker:
    """Processes that run tasks."""

    kill_grace: float = option(
        "60",
        "Time between SIGTERM and SIGKILL of a task that must end.",
        unit="seconds",
        airflow=("core.killed_task_cleanup_time",),
        minimum=0,
    )
    timeout_grace: float = option(
        "10",
        "How long after its time limit a task that did not end itself is ended from outside.",
        unit="seconds",
        minimum=0,
    )
    host_idle: float = option(
        "60", "A DAG file's host process without work ends after this time.", unit="seconds", minimum=1
    )


@dataclass(frozen=True, kw_only=True)
class Logging:
    """Logs of tasks and of Ostro itself."""

    base_log_folder: Path = option(
        "{home}/logs",
        "Folder of the task logs.",
        airflow=("logging.base_log_folder", "core.base_log_folder"),
    )
    logging_level: str = option(
        "INFO",
        "Least level that is written.",
        airflow=("logging.logging_level", "core.logging_level"),
        choices=("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"),
        check=checks.log_level,
    )
    min_length_masked_secret: int = option(
        "5",
        "Shorter secrets are not masked in logs: too many words look like them.",
        unit="characters",
        airflow=("logging.min_length_masked_secret",),
        minimum=1,
    )


@dataclass(frozen=True, kw_only=True)
class Api:
    """The web server: page and REST API."""

    host: str = option(
        "127.0.0.1",
        "Address to listen on; 0.0.0.0 = reachable from other machines.",
        airflow=("api.host", "webserver.web_server_host"),
        # Every airflow.cfg that Airflow wrote says 0.0.0.0; nobody shall be open to the network by that.
        airflow_file=False,
    )
    port: int = option(
        "8080",
        "Port to listen on; 0 = any free one.",
        airflow=("api.port", "webserver.web_server_port"),
        minimum=0,
        maximum=65535,
    )
    base_url: str = option(
        "",
        "Address under which people reach the page, for links; empty = http://host:port.",
        airflow=("api.base_url", "webserver.base_url"),
        check=checks.http_url,
    )
    instance_name: str = option(
        "Ostro", "Title of the page.", airflow=("api.instance_name", "webserver.instance_name")
    )
    ssl_cert: Path | None = option(
        "",
        "Certificate file; with ssl_key the server speaks HTTPS.",
        airflow=("api.ssl_cert", "webserver.web_server_ssl_cert"),
    )
    ssl_key: Path | None = option(
        "", "Key file of the certificate.", airflow=("api.ssl_key", "webserver.web_server_ssl_key")
    )
    token_lifetime: int = option(
        "86400",
        "How long a token of /auth/token lasts.",
        unit="seconds",
        airflow=("api_auth.jwt_expiration_time",),
        minimum=60,
    )
    cli_token_lifetime: int = option(
        "3600",
        "How long a token of /auth/token/cli lasts.",
        unit="seconds",
        airflow=("api_auth.jwt_cli_expiration_time",),
        minimum=60,
    )
    page_size: int = option(
        "50",
        "Entries of a list when the request does not say.",
        airflow=("api.fallback_page_limit",),
        minimum=1,
    )
    max_page_size: int = option(
        "100",
        "Most entries of a list that a request may ask for.",
        airflow=("api.maximum_page_limit",),
        minimum=1,
    )
    max_body: int = option("1048576", "Largest request body.", unit="bytes", minimum=1024)
    enable_swagger_ui: bool = option(
        "true",
        "The page /docs, on which the REST API can be read and tried.",
        airflow=("api.enable_swagger_ui",),
    )
    expose_config: bool = option(
        "false",
        "GET /api/v2/config answers (never with secrets).",
        airflow=("api.expose_config", "webserver.expose_config"),
    )


@dataclass(frozen=True, kw_only=True)
class Secrets:
    """Keys. What is not given is made at the first start and kept in {home}/keys."""

    fernet_key: str | None = option(
        "",
        "Encrypts connections and variables; several, separated by commas: the first encrypts, all decrypt.",
        airflow=("core.fernet_key",),
        secret=True,
        check=checks.fernet_keys,
    )
    audit_key: str | None = option(
        "",
        "Seals the audit log; at least 32 characters. Several, separated by commas: the first seals, all are known. Give "
        "the same to all machines of an installation.",
        secret=True,
        check=checks.audit_keys,
    )
    token_key: str | None = option(
        "",
        "Signs logins; at least 32 characters.",
        airflow=("api_auth.jwt_secret",),
        airflow_file=False,
        secret=True,
        check=checks.token_key,
    )
