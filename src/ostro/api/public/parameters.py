"""The query parameters of the public API for its description: handlers read them through `query.Query`, not by declaration.

Keyed by the name of the handler. `tests/client` compares the description with Airflow's, and checks that each parameter
named here is read.
"""

from __future__ import annotations

from typing import Any

from ostro.states import RunState

Parameter = dict[str, Any]
Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
INTEGER: Schema = {"type": "integer"}
NUMBER: Schema = {"type": "number"}
FLAG: Schema = {"type": "boolean"}
MOMENT: Schema = {"type": "string", "format": "date-time"}
DAY: Schema = {"type": "string", "format": "date"}
BOUNDS = {"gte": "at least", "gt": "more than", "lte": "at most", "lt": "less than"}
#: What the descriptions of moments end with.
ZONE = "without a zone: in [core] default_timezone"


def one(
    name: str, schema: Schema, about: str = "", *, default: Any = None, required: bool = False
) -> Parameter:
    """A parameter with one value. Without a default, and not required: it may be left out."""
    if default is not None:
        schema = {**schema, "default": default}
    elif not required:
        schema = {"anyOf": [schema, {"type": "null"}]}
    return _parameter(name, schema, about, required)


def plain(name: str, schema: Schema, about: str = "") -> Parameter:
    """A parameter that may be left out, never null."""
    return _parameter(name, schema, about, False)


def many(name: str, schema: Schema = TEXT, about: str = "any of these; may be repeated") -> Parameter:
    """A parameter that may be repeated."""
    return _parameter(name, {"type": "array", "items": schema}, about, False)


def _parameter(name: str, schema: Schema, about: str, required: bool) -> Parameter:
    found = {"name": name, "in": "query", "required": required, "schema": schema}
    return {**found, "description": about} if about else found


def patterns(*names: str) -> list[Parameter]:
    """Both kinds of pattern."""
    contains = (
        "contains this, whatever the case; % and _ are wildcards, | separates alternatives, ~ is everything"
    )
    begins = "begins with this, case counts; | separates alternatives. The faster of the two"
    return [
        p
        for name in names
        for p in (one(f"{name}_pattern", TEXT, contains), one(f"{name}_prefix_pattern", TEXT, begins))
    ]


def ranges(*names: str, schema: Schema = MOMENT) -> list[Parameter]:
    """Lower and upper bounds."""
    more = f"; {ZONE}" if schema is MOMENT else ""
    return [one(f"{name}_{bound}", schema, words + more) for name in names for bound, words in BOUNDS.items()]


LIMIT = _parameter(
    "limit",
    {"type": "integer", "minimum": 0, "default": 50},
    "most entries; 0: the default of the server",
    False,
)
OFFSET = _parameter("offset", {"type": "integer", "minimum": 0, "default": 0}, "entries to leave out", False)
PAGE = [LIMIT, OFFSET]
CURSOR = one(
    "cursor",
    TEXT,
    "pages by place instead of offset: empty for the first page, then `next_cursor` or `previous_cursor` of an answer",
)
MASK = _parameter(
    "update_mask",
    {"anyOf": [{"type": "array", "items": TEXT}, {"type": "null"}]},
    "only these fields of the body count; may be repeated",
    False,
)
MAP_INDEX = _parameter("map_index", {"type": "integer", "minimum": -1, "default": -1}, "", False)
ONE_MAP_INDEX = _parameter("map_index", INTEGER, "-1 when it is not given", False)
MAYBE_MAP_INDEX = one("map_index", INTEGER, "without it: all instances of the task")
BEFORE = one("before", TEXT, f"only what was queued before this moment; {ZONE}")


def order(*default: str) -> Parameter:
    """Names of fields, "-" in front: descending."""
    schema = {"type": "array", "items": TEXT, "default": list(default)}
    return _parameter("order_by", schema, "names of fields, - in front: descending; may be repeated", False)


def listed(*default: str) -> list[Parameter]:
    """What every list takes."""
    return [*PAGE, order(*default)]


_RUN_STATE: Schema = {"type": "string", "enum": [str(s) for s in RunState]}
_DAGS = [
    many("tags", about="has these tags"),
    one(
        "tags_match_mode",
        {"type": "string", "enum": ["any", "all"]},
        "one of the tags is enough, or all must be there",
    ),
    many("owners", about="one of the owners"),
    one("exclude_stale", FLAG, "leave out DAGs that no file holds any more", default=True),
    one("paused", FLAG),
]
_INSTANCE_RANGES = [
    *ranges("run_after", "logical_date", "start_date", "end_date", "updated_at"),
    *ranges("duration", schema=NUMBER),
]
_INSTANCES = [
    *listed("map_index"),
    *_INSTANCE_RANGES,
    *patterns("pool_name", "queue_name", "operator_name", "rendered_map_index"),
    many("state", about="any of these states, none: without one; may be repeated"),
    many("pool"), many("queue"), many("executor"), many("operator"),
    many("version_number", INTEGER), many("try_number", INTEGER), many("map_index", INTEGER),
]  # fmt: skip

#: Name of the handler to its parameters.
QUERY: dict[str, list[Parameter]] = {
    # ---- DAGs
    "get_dags": [
        *listed("dag_id"), *_DAGS, *patterns("dag_id", "dag_display_name"),
        one("last_dag_run_state", _RUN_STATE, "state of the latest run"),
        many("dag_run_state", about="has a run in one of these states"),
        *ranges("dag_run_start_date", "dag_run_end_date"),
        one("has_import_errors", FLAG), one("bundle_name", TEXT), one("bundle_version", TEXT),
        one("has_asset_schedule", FLAG),
        one("asset_dependency", TEXT, "scheduled on an asset with this in its name or URI"),
        one("is_favorite", FLAG, "a favourite of the user who asks"),
        many("timetable_type", about="class of its timetable"),
    ],
    "patch_dags": [*PAGE, *_DAGS, *patterns("dag_id"), MASK],
    "patch_dag": [MASK],
    "get_dag_tags": [*listed("name"), *patterns("tag_name")],
    "get_dag_source": [one("version_number", INTEGER, "the latest when it is not given")],
    "get_dag_stats": [many("dag_ids", about="all DAGs when it is not given; may be repeated")],
    "get_tasks": [_parameter("order_by", {**TEXT, "default": "task_id"}, "a field, - in front: descending", False)],
    "get_dag_versions": [
        *listed("id"), plain("version_number", INTEGER), plain("bundle_name", TEXT), one("bundle_version", TEXT),
    ],
    "list_dag_warnings": [*listed("dag_id"), one("dag_id", TEXT), one("warning_type", TEXT)],
    # ---- runs
    "get_dag_runs": [
        CURSOR, *listed("id"),
        *ranges("run_after", "logical_date", "start_date", "end_date", "updated_at"), *ranges("duration", schema=NUMBER),
        one("partition_date_gte", DAY, "from this day on, in the time zone of the DAG"),
        one("partition_date_lte", DAY, "up to this day, in the time zone of the DAG"),
        *patterns("run_id", "dag_id", "triggering_user_name", "partition_key"),
        plain("conf_contains", TEXT, "its conf as JSON text contains this"),
        many("run_type"), many("state"), many("dag_version", INTEGER), one("bundle_version", TEXT),
        one("consuming_asset_pattern", TEXT, "consumed an event of an asset with this in its name or URI"),
    ],
    "patch_dag_run": [MASK],
    "wait_dag_run_until_finished": [
        _parameter("interval", {"type": "number", "exclusiveMinimum": 0}, "seconds between two looks", True),
        one("result", {"type": "array", "items": TEXT}, "tasks whose return values are wanted at the end"),
    ],
    # ---- task instances
    "get_task_instances": [
        CURSOR, *_INSTANCES, *patterns("dag_id", "run_id", "task_display_name"),
        one("task_id", TEXT), one("task_group_id", TEXT, "in this group or in one inside it; needs a dag_id"),
    ],
    "get_mapped_task_instances": _INSTANCES,
    "get_task_instance_dependencies": [MAP_INDEX],
    "get_task_instance_tries": [MAP_INDEX],
    "get_task_instance_try_details": [MAP_INDEX],
    "patch_task_instance": [MAYBE_MAP_INDEX, MASK],
    "patch_task_instance_dry_run": [MAYBE_MAP_INDEX, MASK],
    "patch_mapped_task_instance": [MASK],
    "patch_mapped_task_instance_dry_run": [MASK],
    "patch_task_group_instances": [MASK],
    "delete_task_instance": [ONE_MAP_INDEX],
    "get_log": [
        one("full_content", FLAG, "all lines at once", default=False),
        one("map_index", INTEGER, default=-1), one("token", TEXT, "where the page before ended"),
    ],
    "get_external_log_url": [one("map_index", INTEGER, default=-1)],
    "get_extra_links": [one("map_index", INTEGER, default=-1), one("try_number", INTEGER)],
    "get_hitl_details": [
        *listed("ti_id"), *patterns("dag_id", "task_id"), one("task_id", TEXT), one("map_index", {**INTEGER, "minimum": -1}),
        many("state"), one("response_received", FLAG), many("responded_by_user_id"), many("responded_by_user_name"),
        one("subject_search", TEXT), one("body_search", TEXT), *ranges("created_at"),
    ],
    # ---- XComs
    "get_xcom_entries": [
        *listed("dag_id", "task_id", "run_id", "map_index", "key"),
        one("xcom_key", TEXT), one("map_index", {**INTEGER, "minimum": -1}), one("map_index_filter", INTEGER),
        *patterns("xcom_key", "dag_display_name", "run_id", "task_id"), *ranges("logical_date", "run_after"),
    ],
    "get_xcom_entry": [
        MAP_INDEX, one("deserialize", FLAG, "changes nothing: values are kept as JSON", default=False),
        one("stringify", FLAG, "the value as JSON text", default=False),
    ],
    "delete_xcom_entry": [one("map_index", INTEGER, default=-1)],
    # ---- state stores
    "get_task_states": [*PAGE, MAP_INDEX],
    "get_task_state": [MAP_INDEX],
    "set_task_state": [MAP_INDEX],
    "patch_task_state": [MAP_INDEX],
    "delete_task_state": [MAP_INDEX],
    "clear_task_states": [MAP_INDEX, one("all_map_indices", FLAG, default=False)],
    "get_asset_states": PAGE,
    # ---- assets and backfills
    "get_assets": [
        *listed("id"), *patterns("name", "uri"), many("dag_ids", about="of these DAGs; may be repeated"),
        one("only_active", FLAG, default=True),
    ],
    "get_asset_aliases": [*listed("id"), *patterns("name")],
    "get_asset_events": [
        *listed("timestamp"), one("asset_id", INTEGER), one("source_dag_id", TEXT), one("source_task_id", TEXT),
        one("source_run_id", TEXT), one("source_map_index", INTEGER), *patterns("name"), *ranges("timestamp"),
    ],
    "get_asset_queued_events": [BEFORE],
    "delete_asset_queued_events": [BEFORE],
    "get_dag_asset_queued_events": [BEFORE],
    "delete_dag_asset_queued_events": [BEFORE],
    "get_dag_asset_queued_event": [BEFORE],
    "delete_dag_asset_queued_event": [BEFORE],
    "list_backfills": [one("dag_id", TEXT, required=True), *listed("id")],
    # ---- the installation
    "get_pools": [*listed("id"), *patterns("pool_name")],
    "patch_pool": [MASK],
    "get_variables": [*listed("id"), *patterns("variable_key")],
    "patch_variable": [MASK],
    "get_connections": [*listed("id"), *patterns("connection_id")],
    "patch_connection": [MASK],
    "get_event_logs": [
        *listed("id"), *patterns("dag_id", "task_id", "run_id", "owner", "event"),
        one("dag_id", TEXT), one("task_id", TEXT), one("run_id", TEXT), one("map_index", INTEGER),
        one("try_number", INTEGER), one("owner", TEXT), one("event", TEXT),
        one("excluded_events", {"type": "array", "items": TEXT}), one("included_events", {"type": "array", "items": TEXT}),
        one("before", MOMENT, ZONE), one("after", MOMENT, ZONE),
    ],
    "get_import_errors": [*listed("id"), *patterns("filename"), one("filename", TEXT), one("bundle_name", TEXT)],
    "get_jobs": [
        *listed("id"), *ranges("start_date", "end_date"), one("is_alive", FLAG), one("job_state", TEXT),
        one("job_type", TEXT), one("hostname", TEXT), one("executor_class", TEXT),
    ],
    "get_plugins": PAGE,
    "get_providers": PAGE,
    "get_config": [one("section", TEXT)],
}  # fmt: skip

_NDJSON = ["application/json", "application/x-ndjson", "*/*"]
_PLAIN = ["application/json", "text/plain", "*/*"]
#: Name of the handler to what it answers by the header Accept.
ACCEPT = {"get_log": _NDJSON, "get_dag_source": _PLAIN, "get_config": _PLAIN, "get_config_value": _PLAIN}


def of_handler(name: str) -> list[Parameter]:
    """The parameters of a handler that its signature does not name."""
    found = QUERY.get(name, [])
    if name in ACCEPT:
        schema = {"type": "string", "enum": ACCEPT[name], "default": "*/*"}
        found = [*found, {"name": "accept", "in": "header", "required": False, "schema": schema}]
    return found
