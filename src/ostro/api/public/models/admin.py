"""Pools, variables, connections, the audit log, health, version and other facts of the installation."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from ostro.api.render import Answer, Body

Slots = Annotated[int, Field(ge=-1)]
Id = Annotated[str, Field(min_length=1, max_length=250)]


class PoolResponse(Answer):
    name: str
    slots: int
    description: str | None
    include_deferred: bool
    occupied_slots: int
    running_slots: int
    queued_slots: int
    scheduled_slots: int
    open_slots: int
    deferred_slots: int
    team_name: str | None


class PoolCollectionResponse(Answer):
    pools: list[PoolResponse]
    total_entries: int


class PoolBody(Body):
    name: Annotated[str, Field(min_length=1, max_length=256)]
    slots: Slots
    description: str | None = None
    include_deferred: bool = False
    team_name: str | None = None


class PoolPatchBody(Body):
    #: The name may be sent under either word; it cannot be changed.
    pool: str | None = None
    name: str | None = None
    slots: Slots | None = None
    description: str | None = None
    include_deferred: bool | None = None
    team_name: str | None = None


class VariableResponse(Answer):
    key: str
    value: str | None
    description: str | None
    is_encrypted: bool
    team_name: str | None


class VariableCollectionResponse(Answer):
    variables: list[VariableResponse]
    total_entries: int


class VariableBody(Body):
    key: Id
    value: Any
    description: str | None = None
    team_name: str | None = None


class ConnectionResponse(Answer):
    connection_id: str
    conn_type: str
    description: str | None
    host: str | None
    login: str | None
    schema_: str | None = Field(alias="schema")
    port: int | None
    #: Never the password: "***" when there is one.
    password: str | None
    extra: str | None
    team_name: str | None


class ConnectionCollectionResponse(Answer):
    connections: list[ConnectionResponse]
    total_entries: int


class ConnectionBody(Body):
    connection_id: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[\w.-]+$")]
    conn_type: str
    description: str | None = None
    host: str | None = None
    login: str | None = None
    schema_: str | None = Field(default=None, alias="schema")
    port: Annotated[int, Field(ge=0, le=65535)] | None = None
    password: str | None = None
    extra: str | None = None
    team_name: str | None = None


class ConnectionTestResponse(Answer):
    status: bool
    message: str


class ConnectionTestRequestBody(ConnectionBody):
    #: Save the connection when the test succeeds.
    commit_on_success: bool = False
    #: Taken, and without effect: the process runs beside the API server.
    executor: str | None = None
    queue: str | None = None


class ConnectionTestQueuedResponse(Answer):
    token: str
    connection_id: str
    state: str


class AsyncConnectionTestResponse(Answer):
    token: str
    connection_id: str
    state: str
    result_message: str | None = None
    created_at: datetime


class JobResponse(Answer):
    id: int
    dag_id: str | None
    state: str | None
    job_type: str | None
    start_date: datetime | None
    end_date: datetime | None
    latest_heartbeat: datetime | None
    executor_class: str | None
    hostname: str | None
    unixname: str | None
    dag_display_name: str | None = None


class JobCollectionResponse(Answer):
    jobs: list[JobResponse]
    total_entries: int


class EventLogResponse(Answer):
    event_log_id: int
    when: datetime
    dag_id: str | None
    task_id: str | None
    run_id: str | None
    map_index: int | None
    try_number: int | None
    event: str
    logical_date: datetime | None
    owner: str | None
    extra: str | None
    dag_display_name: str | None = None
    task_display_name: str | None = None


class EventLogCollectionResponse(Answer):
    event_logs: list[EventLogResponse]
    total_entries: int


class BaseInfoResponse(Answer):
    status: str | None


class SchedulerInfoResponse(BaseInfoResponse):
    latest_scheduler_heartbeat: datetime | None


class TriggererInfoResponse(BaseInfoResponse):
    latest_triggerer_heartbeat: datetime | None


class DagProcessorInfoResponse(BaseInfoResponse):
    latest_dag_processor_heartbeat: datetime | None


class HealthInfoResponse(Answer):
    metadatabase: BaseInfoResponse
    scheduler: SchedulerInfoResponse
    triggerer: TriggererInfoResponse
    dag_processor: DagProcessorInfoResponse | None = None


class VersionInfo(Answer):
    version: str
    git_version: str | None


class ProviderResponse(Answer):
    package_name: str
    description: str
    version: str
    documentation_url: str | None


class ProviderCollectionResponse(Answer):
    providers: list[ProviderResponse]
    total_entries: int


class FastAPIAppResponse(Answer):
    app: str
    url_prefix: str
    name: str


class FastAPIRootMiddlewareResponse(Answer):
    middleware: str
    name: str


class _ViewResponse(Answer):
    name: str
    icon: str | None = None
    icon_dark_mode: str | None = None
    url_route: str | None = None
    category: str | None = None
    destination: str = "nav"


class ExternalViewResponse(_ViewResponse):
    href: str
    nav_top_level: bool | None = None


class ReactAppResponse(_ViewResponse):
    bundle_url: str
    nav_top_level: bool | None = None


class AppBuilderViewResponse(Answer):
    name: str | None = None
    category: str | None = None
    view: str | None = None
    label: str | None = None


class AppBuilderMenuItemResponse(Answer):
    name: str
    href: str
    category: str | None = None


class PluginResponse(Answer):
    name: str
    source: str
    macros: list[str]
    listeners: list[str]
    timetables: list[str]
    global_operator_extra_links: list[str]
    operator_extra_links: list[str]
    flask_blueprints: list[str]
    fastapi_apps: list[FastAPIAppResponse]
    fastapi_root_middlewares: list[FastAPIRootMiddlewareResponse]
    external_views: list[ExternalViewResponse]
    react_apps: list[ReactAppResponse]
    appbuilder_views: list[AppBuilderViewResponse]
    appbuilder_menu_items: list[AppBuilderMenuItemResponse]


class PluginCollectionResponse(Answer):
    plugins: list[PluginResponse]
    total_entries: int


class PluginImportErrorResponse(Answer):
    source: str
    error: str


class PluginImportErrorCollectionResponse(Answer):
    import_errors: list[PluginImportErrorResponse]
    total_entries: int


class ConfigOption(Answer):
    key: str
    value: str | tuple[str, str]


class ConfigSection(Answer):
    name: str
    options: list[ConfigOption]


class Config(Answer):
    sections: list[ConfigSection]
