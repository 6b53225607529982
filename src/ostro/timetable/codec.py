"""Timetable to JSON and back: what a spec keeps under `timetable`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from ostro.errors import UserError
from ostro.timetable.assets import AssetOrTimeSchedule, AssetTriggeredTimetable, StoredCondition
from ostro.timetable.base import Timetable
from ostro.timetable.events import EventsTimetable
from ostro.timetable.interval import CronDataIntervalTimetable, DeltaDataIntervalTimetable
from ostro.timetable.partition import CronPartitionTimetable
from ostro.timetable.trigger import (
    CronTriggerTimetable,
    DeltaTriggerTimetable,
    MultipleCronTriggerTimetable,
)
from ostro.timetable.trivial import ContinuousTimetable, NullTimetable, OnceTimetable

#: Tag in JSON of each built-in timetable. A tag is for ever: specs of old versions hold it.
_CLASSES: dict[str, type[Timetable]] = {
    "null": NullTimetable,
    "once": OnceTimetable,
    "continuous": ContinuousTimetable,
    "cron_trigger": CronTriggerTimetable,
    "multiple_cron_trigger": MultipleCronTriggerTimetable,
    "cron_interval": CronDataIntervalTimetable,
    "cron_partition": CronPartitionTimetable,
    "delta_trigger": DeltaTriggerTimetable,
    "delta_interval": DeltaDataIntervalTimetable,
    "events": EventsTimetable,
    "asset": AssetTriggeredTimetable,
    "asset_or_time": AssetOrTimeSchedule,
}
#: In the path of a class: the DAG file itself.
DAG_FILE = "dagfile"
_TAGS = {cls: tag for tag, cls in _CLASSES.items()}
#: Classes of `ostro.timetable.partitioned`, which is loaded where it is used: few DAGs have partitions, and every task
#: process is forked from one that has imported this module.
_PARTITIONED = {
    "partitioned_asset": "PartitionedAssetTimetable",
    "partitioned_at_runtime": "PartitionedAtRuntime",
}


def kind_of(name: str) -> str:
    """The kind under which a timetable class is kept, by the name or path that Airflow gives it; of an author's class its path."""
    last = name.rpartition(".")[2]
    known = {cls.__name__: tag for tag, cls in _CLASSES.items()}
    known |= {cls: tag for tag, cls in _PARTITIONED.items()}
    return known.get(last, name)


def encode(timetable: Timetable) -> dict[str, Any]:
    """JSON of a timetable, with its kind under "type" and a few words under "summary".

    A class of a user is {"type": "custom"}: where the class is, what its `serialize` gave, and what the engine must
    know without it.
    """
    tag = _TAGS.get(type(timetable)) or _partition_tag(type(timetable))
    if tag is None:
        return _encode_custom(timetable)
    data = {"type": tag, "summary": timetable.summary, **timetable.serialize()}
    if isinstance(timetable, AssetOrTimeSchedule):
        data["timetable"] = encode(timetable.timetable)
    return data


def is_custom(data: dict[str, Any]) -> bool:
    """Whether a timetable's JSON holds a class of the DAG's author, which only a process that runs user code may make."""
    if data.get("type") == "asset_or_time":
        return is_custom(data["timetable"])
    return data.get("type") == "custom"


def decode(data: dict[str, Any], *, custom: Callable[[dict[str, Any]], Timetable] | None = None) -> Timetable:
    """The timetable of its JSON. `custom` makes those of a user's class.

    Raises UserError for a user's class, which only a process that runs user code may make, and for an unknown type.
    """
    tag = data.get("type")
    if tag == "custom" and custom is not None:
        return custom(data)
    if tag == "custom":
        raise UserError(
            f"The timetable {data['classpath']} is a class of the DAG's author, which the engine does not run itself."
        )
    if tag in _PARTITIONED:
        return _partition_class(tag).deserialize(data)
    if tag not in _CLASSES:
        raise UserError(f"This version of Ostro knows no timetable of type {tag!r}.")
    if tag == "asset_or_time":
        return AssetOrTimeSchedule(
            assets=StoredCondition(data["asset_condition"]),
            timetable=decode(data["timetable"], custom=custom),
        )
    return _CLASSES[tag].deserialize(data)


def _partition_tag(cls: type[Timetable]) -> str | None:
    if not cls.partitioned and not cls.partitioned_at_runtime:
        return None
    return next((tag for tag in _PARTITIONED if _partition_class(tag) is cls), None)


def _partition_class(tag: str) -> type[Timetable]:
    from ostro.timetable import partitioned

    found: type[Timetable] = getattr(partitioned, _PARTITIONED[tag])
    return found


class Facts(NamedTuple):
    """What screens and limits need of a stored timetable, of a user's class too."""

    summary: str
    description: str
    periodic: bool
    can_be_scheduled: bool
    partitioned: bool
    active_runs_limit: int | None


def facts(data: dict[str, Any]) -> Facts:
    """The facts of a timetable's JSON. The description of a cron expression is made here, not when it is encoded:
    the words cost more than the parse of a small DAG file.

    Raises UserError for a type that this version does not know.
    """
    if data.get("type") == "custom":
        return Facts(*(data[name] for name in Facts._fields))
    if is_custom(data):
        inner = facts(data["timetable"])
        return inner._replace(
            summary=f"Asset or {inner.summary}", description=f"Triggered by assets or {inner.description}"
        )
    timetable = decode(data)
    return Facts(*(getattr(timetable, name) for name in Facts._fields))


def class_path(cls: type) -> str:
    """Where a class of an author stands. The module of a DAG file bears a hash of its place, which says nothing to
    another machine: it is left out."""
    module = DAG_FILE if cls.__module__.startswith(f"{DAG_FILE}_") else cls.__module__
    return f"{module}.{cls.__qualname__}"


def _encode_custom(timetable: Timetable) -> dict[str, Any]:
    cls = type(timetable)
    condition = timetable.asset_condition
    return {
        "type": "custom",
        "classpath": class_path(cls),
        "data": timetable.serialize(),
        "summary": timetable.summary,
        "description": timetable.description,
        "periodic": timetable.periodic,
        "can_be_scheduled": timetable.can_be_scheduled,
        "partitioned": timetable.partitioned,
        "active_runs_limit": timetable.active_runs_limit,
        "run_ordering": list(timetable.run_ordering),
        "asset_condition": None if condition is None else condition.as_expression(),
    }
