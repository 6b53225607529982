"""Facts of the installation: health, version, import errors, warnings, audit log, plugins, providers, settings."""

from __future__ import annotations

from datetime import datetime, timedelta
from importlib import metadata
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

import ostro
from ostro.api.auth.guard import Someone
from ostro.api.auth.needs import for_everybody, needs
from ostro.api.deps import Deps, Given
from ostro.api.public.models.admin import (
    BaseInfoResponse,
    Config,
    ConfigOption,
    ConfigSection,
    DagProcessorInfoResponse,
    EventLogCollectionResponse,
    EventLogResponse,
    HealthInfoResponse,
    PluginCollectionResponse,
    PluginImportErrorCollectionResponse,
    PluginImportErrorResponse,
    PluginResponse,
    ProviderCollectionResponse,
    ProviderResponse,
    SchedulerInfoResponse,
    TriggererInfoResponse,
    VersionInfo,
)
from ostro.api.public.models.dags import (
    DAGWarningCollectionResponse,
    DAGWarningResponse,
    ImportErrorCollectionResponse,
    ImportErrorResponse,
)
from ostro.api.public.query import Query
from ostro.api.render import answer, gives
from ostro.api.routing import guarded
from ostro.errors import NotAllowed, NotFound, StoreError
from ostro.rules.permissions import Resource
from ostro.store import engines, event_log
from ostro.store.clock import db_now
from ostro.store.views import rest_import_errors
from ostro.store.views.filters import Condition, OneOf, Within

router = guarded("/api/v2")

HEALTHY, UNHEALTHY = "healthy", "unhealthy"
#: Name of packages that bring operators and hooks.
PROVIDER_PREFIX = "apache-airflow-providers-"


# ---- health and version ------------------------------------------------------------------------------------------


@router.get("/monitor/health", response_model=None, tags=["Monitor"])
@gives(HealthInfoResponse)
@for_everybody
def get_health(deps: Given) -> Response:
    """Whether each part of the installation lives. Always 200; open to all, and tells nothing else."""
    try:
        with deps.store.read() as tx:
            now = db_now(tx)
            latest: dict[str, datetime] = {}
            for engine in engines.list_all(tx):
                if engine.stopped_at is None:
                    latest[engine.kind] = max(
                        engine.heartbeat_at, latest.get(engine.kind, engine.heartbeat_at)
                    )
        database = HEALTHY
    except StoreError:
        now, latest, database = deps.clock.now(), {}, UNHEALTHY
    scheduler = latest.get("scheduler")
    # The engine parses DAG files itself, unless a process of its own does.
    processor = latest.get("dag_processor", scheduler)
    # Triggers run in processes of the engine, which starts them again when they die.
    triggerer = latest.get("triggerer", scheduler)
    return answer(
        HealthInfoResponse(
            metadatabase=BaseInfoResponse(status=database),
            scheduler=SchedulerInfoResponse(
                status=_status(deps, scheduler, now), latest_scheduler_heartbeat=scheduler
            ),
            triggerer=TriggererInfoResponse(
                status=None if triggerer is None else _status(deps, triggerer, now),
                latest_triggerer_heartbeat=triggerer,
            ),
            dag_processor=DagProcessorInfoResponse(
                status=_status(deps, processor, now), latest_dag_processor_heartbeat=processor
            ),
        )
    )


def _status(deps: Deps, heartbeat: datetime | None, now: datetime) -> str:
    """`now`: in the database's time, as heartbeats are."""
    limit = timedelta(seconds=deps.config.heartbeat_limit)
    alive = heartbeat is not None and now - heartbeat <= limit
    return HEALTHY if alive else UNHEALTHY


@router.get("/version", response_model=None, tags=["Version"])
@gives(VersionInfo)
@for_everybody
def get_version() -> Response:
    """The version of Ostro."""
    return answer(VersionInfo(version=ostro.__version__, git_version=None))


# ---- import errors, warnings ---------------------------------------------------------------------------------------


def _import_error(row: rest_import_errors.ImportErrorRow) -> ImportErrorResponse:
    return ImportErrorResponse(
        import_error_id=row.id,
        timestamp=row.at,
        filename=row.filename,
        bundle_name=row.bundle or None,
        stack_trace=row.stack_trace,
    )


@router.get("/importErrors", response_model=None, tags=["Import Error"])
@gives(ImportErrorCollectionResponse)
@needs("read", Resource.IMPORT_ERRORS, each=True)
def get_import_errors(request: Request, deps: Given, person: Someone) -> Response:
    """DAG files that cannot be used, and why."""
    query = Query(request, deps.config)
    conditions = query.patterns("filename") + query.one_of("filename", "bundle_name")
    with deps.store.read() as tx:
        rows, total = rest_import_errors.list_import_errors(
            tx, conditions, query.page("id"), readable=person.readable(Resource.IMPORT_ERRORS)
        )
    return answer(
        ImportErrorCollectionResponse(import_errors=[_import_error(r) for r in rows], total_entries=total)
    )


@router.get("/importErrors/{import_error_id}", response_model=None, tags=["Import Error"])
@gives(ImportErrorResponse)
@needs("read", Resource.IMPORT_ERRORS, each=True)
def get_import_error(import_error_id: int, deps: Given, person: Someone) -> Response:
    """One import error."""
    with deps.store.read() as tx:
        row = rest_import_errors.get_import_error(
            tx, import_error_id, readable=person.readable(Resource.IMPORT_ERRORS)
        )
    if row is None:
        raise NotFound(f"The ImportError with import_error_id: `{import_error_id}` was not found")
    return answer(_import_error(row))


@router.get("/dagWarnings", response_model=None, tags=["DagWarning"])
@gives(DAGWarningCollectionResponse)
@needs("read", Resource.DAG_WARNINGS, each=True)
def list_dag_warnings(request: Request, deps: Given, person: Someone) -> Response:
    """What DAG files said that their authors should know."""
    query = Query(request, deps.config)
    page = query.page("dag_id")
    with deps.store.read() as tx:
        rows = rest_import_errors.list_warnings(tx, query.text("dag_id"))
    readable = person.readable(Resource.DAG_WARNINGS)
    if readable is not None:
        rows = [row for row in rows if row.dag_id in readable]
    wanted = query.text("warning_type")
    if wanted is not None:
        rows = [row for row in rows if row.kind == wanted]
    found = [
        DAGWarningResponse(
            dag_id=row.dag_id,
            warning_type=row.kind,
            message=row.text,
            timestamp=row.at,
            dag_display_name=row.dag_display_name,
        )
        for row in rows[page.offset : page.offset + page.limit]
    ]
    return answer(DAGWarningCollectionResponse(dag_warnings=found, total_entries=len(rows)))


# ---- audit log -----------------------------------------------------------------------------------------------------


def _log_entry(row: event_log.LogRow) -> EventLogResponse:
    return EventLogResponse(
        event_log_id=row.id,
        when=row.at,
        dag_id=row.dag_id,
        task_id=row.task_id,
        run_id=row.run_id,
        map_index=row.map_index,
        try_number=row.try_number,
        event=row.event,
        logical_date=row.logical_date,
        owner=row.owner,
        extra=None if row.extra is None else _text(row.extra),
        dag_display_name=row.dag_id,
        task_display_name=row.task_id,
    )


def _text(extra: object) -> str:
    return extra if isinstance(extra, str) else msgspec.json.encode(extra).decode()


@router.get("/eventLogs", response_model=None, tags=["Event Log"])
@gives(EventLogCollectionResponse)
@needs("read", Resource.AUDIT_LOGS, each=True)
def get_event_logs(request: Request, deps: Given, person: Someone) -> Response:
    """Who did what."""
    query = Query(request, deps.config)
    names = ("dag_id", "task_id", "run_id", "owner", "event")
    conditions: list[Condition] = (
        query.one_of(*names)
        + query.integers("map_index")
        + query.integers("try_number")
        + query.patterns(*names)
    )
    conditions += person.conditions(Resource.AUDIT_LOGS)
    included = query.texts("included_events")
    if included:
        conditions.append(OneOf("event", included))
    before, after = query.moment("before"), query.moment("after")
    if before is not None or after is not None:
        conditions.append(Within(column="when", gt=after, lt=before))
    with deps.store.read() as tx:
        rows, total = event_log.list_entries(
            tx, conditions, query.page("id"), excluded=query.texts("excluded_events")
        )
    return answer(EventLogCollectionResponse(event_logs=[_log_entry(r) for r in rows], total_entries=total))


@router.get("/eventLogs/{event_log_id}", response_model=None, tags=["Event Log"])
@gives(EventLogResponse)
@needs("read", Resource.AUDIT_LOGS, each=True)
def get_event_log(event_log_id: int, deps: Given, person: Someone) -> Response:
    """One deed."""
    with deps.store.read() as tx:
        row = event_log.get(tx, event_log_id)
    if row is None or not person.may("read", Resource.AUDIT_LOGS, row.dag_id):
        raise NotFound(f"The Event Log with id: `{event_log_id}` not found")
    return answer(_log_entry(row))


# ---- plugins, providers, settings ------------------------------------------------------------------------------------


@router.get("/plugins", response_model=None, tags=["Plugin"])
@gives(PluginCollectionResponse)
@needs("read", Resource.PLUGINS)
def get_plugins(request: Request, deps: Given) -> Response:
    """Plugins and what they bring. Parts that would extend Airflow's web server are not used, and not listed."""
    page = Query(request, deps.config).page()
    listed = _plugins(deps)["plugins"]
    found = [
        PluginResponse(
            name=plugin["name"],
            source=plugin["source"],
            macros=plugin["macros"],
            listeners=plugin["listeners"],
            timetables=plugin["timetables"],
            global_operator_extra_links=plugin["global_operator_extra_links"],
            operator_extra_links=plugin["operator_extra_links"],
            flask_blueprints=plugin["flask_blueprints"],
            fastapi_apps=[],
            fastapi_root_middlewares=[],
            external_views=[],
            react_apps=[],
            appbuilder_views=[],
            appbuilder_menu_items=[],
        )
        for plugin in listed[page.offset : page.offset + page.limit]
    ]
    return answer(PluginCollectionResponse(plugins=found, total_entries=len(listed)))


@router.get("/plugins/importErrors", response_model=None, tags=["Plugin"])
@gives(PluginImportErrorCollectionResponse)
@needs("read", Resource.PLUGINS)
def get_plugin_import_errors(deps: Given) -> Response:
    """Plugins that cannot be used, and why."""
    errors = _plugins(deps)["errors"]
    found = [PluginImportErrorResponse(source=e["source"], error=e["error"]) for e in errors]
    return answer(PluginImportErrorCollectionResponse(import_errors=found, total_entries=len(found)))


def _plugins(deps: Deps) -> dict[str, Any]:
    return {"plugins": [], "errors": []} if deps.list_plugins is None else deps.list_plugins()


@router.get("/providers", response_model=None, tags=["Provider"])
@gives(ProviderCollectionResponse)
@needs("read", Resource.PROVIDERS)
def get_providers(request: Request, deps: Given) -> Response:
    """Provider packages that are installed beside Ostro."""
    page = Query(request, deps.config).page()
    found = sorted(
        (
            ProviderResponse(
                package_name=name,
                description=str(dist.metadata.json.get("summary") or ""),
                version=dist.version,
                documentation_url=f"https://airflow.apache.org/docs/{name}/{dist.version}/",
            )
            for dist in metadata.distributions()
            if (name := (dist.name or "").lower()).startswith(PROVIDER_PREFIX)
        ),
        key=lambda provider: provider.package_name,
    )
    rows = found[page.offset : page.offset + page.limit]
    return answer(ProviderCollectionResponse(providers=rows, total_entries=len(found)))


@router.get("/config", response_model=None, tags=["Config"])
@gives(Config)
@needs("read", Resource.CONFIG)
def get_config(request: Request, deps: Given) -> Response:
    """The settings, without secrets; off unless `[api] expose_config` is on."""
    _check_exposed(deps)
    wanted = request.query_params.get("section")
    sections = [
        ConfigSection(name=name, options=[ConfigOption(key=k, value=v) for k, v in options])
        for name, options in deps.config.config_sections
        if wanted in (None, name)
    ]
    if wanted is not None and not sections:
        raise NotFound(f"Section {wanted} not found.")
    return answer(Config(sections=sections))


@router.get("/config/section/{section}/option/{option}", response_model=None, tags=["Config"])
@gives(Config)
@needs("read", Resource.CONFIG)
def get_config_value(section: str, option: str, deps: Given) -> Response:
    """One setting; off unless `[api] expose_config` is on."""
    _check_exposed(deps)
    for name, options in deps.config.config_sections:
        for key, value in options:
            if (name, key) == (section, option):
                found = ConfigSection(name=name, options=[ConfigOption(key=key, value=value)])
                return answer(Config(sections=[found]))
    raise NotFound(f"Option [{section}/{option}] not found.")


def _check_exposed(deps: Deps) -> None:
    if not deps.config.expose_config:
        text = "Your Airflow administrator chose not to expose the configuration, most likely for security reasons."
        raise NotAllowed(text)
