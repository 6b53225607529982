"""What a finished attempt hands over: the result message for a return value or an error, XComs, rendered fields."""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec

from ostro.protocol import task as p
from ostro.records import XComRow
from ostro.sdk import serde, xcom
from ostro.sdk.exceptions import (
    AirflowFailException,
    AirflowRescheduleException,
    AirflowSensorTimeout,
    AirflowSkipException,
    AirflowTaskTerminated,
    AirflowTaskTimeout,
    DownstreamTasksSkipped,
    TaskAwaitingInput,
    TaskDeferred,
    UnmappableXComLengthPushed,
    UnmappableXComTypePushed,
    XComForMappingNotPushed,
)
from ostro.sdk.masking import masker
from ostro.sdk.skipmixin import XCOM_SKIPMIXIN_KEY
from ostro.sdk.xcom import XCOM_RETURN_KEY

if TYPE_CHECKING:
    from ostro.sdk.taskinstance import TaskInstance

#: Characters of an error's text in the result; the log has all of it.
TEXT_LIMIT = 2000


class TemplateFailed(Exception):
    """A template field could not be rendered; the cause says why."""


class ResultUnusable(Exception):
    """The return value cannot be stored or mapped over; the cause says why."""


# ---- errors ----------------------------------------------------------------------------------------------------


def of_error(error: BaseException, *, end: dt.datetime) -> p.Result:
    """The result that an error of user code means. TaskDeferred and the like are no failures."""
    if isinstance(error, AirflowSkipException):
        return p.Skipped(seq=0, end_date=end, text=_text(error))
    if isinstance(error, AirflowRescheduleException):
        return p.Rescheduled(seq=0, end_date=end, until=error.reschedule_date)
    if isinstance(error, TaskDeferred):
        return _deferred(error, end)
    if isinstance(error, TaskAwaitingInput):
        return p.AwaitsInput(
            seq=0,
            end_date=end,
            detail=serde.serialize(getattr(error, "detail", None) or {}),
            next_method=error.method_name,
            next_kwargs=serde.serialize(error.kwargs),
            timeout=None if error.timeout is None else error.timeout.total_seconds(),
        )
    return of_failure(error, end=end)


def _deferred(error: TaskDeferred, end: dt.datetime) -> p.Deferred | p.AwaitsInput:
    # Only a file that uses it has loaded its module.
    hitl = sys.modules.get("ostro.sdk.triggers.hitl")
    if hitl is not None and isinstance(error.trigger, hitl.HITLTrigger):
        return p.AwaitsInput(
            seq=0,
            end_date=end,
            detail=serde.serialize(error.trigger.question()),
            next_method=error.method_name,
            next_kwargs=serde.serialize(error.kwargs),
            timeout=error.trigger.seconds_left(),
        )
    classpath, kwargs = error.trigger.serialize()
    return p.Deferred(
        seq=0,
        end_date=end,
        classpath=str(classpath),
        trigger_kwargs=serde.serialize(kwargs),
        next_method=error.method_name,
        next_kwargs=serde.serialize(error.kwargs),
        timeout=None if error.timeout is None else error.timeout.total_seconds(),
        queue=_queue_of(error),
    )


def _queue_of(error: TaskDeferred) -> str | None:
    """The trigger queue: what the trigger says, or with [triggerer] queues_enabled the queue of its task."""
    said = getattr(error.trigger, "queue", None)
    if said is not None:
        return str(said)
    if error.task_queue is None or not getattr(error.trigger, "supports_triggerer_queue", True):
        return None
    from ostro.sdk.conf import conf

    return error.task_queue if conf.getboolean("triggerer", "queues_enabled", fallback=False) else None


def of_failure(error: BaseException, *, end: dt.datetime) -> p.Failed:
    """The failure that an error means: whether it may be tried again, and what kind it is."""
    kind, told = "exception", error
    if isinstance(error, (TemplateFailed, ResultUnusable)):
        kind = "template" if isinstance(error, TemplateFailed) else "xcom"
        told = error.__cause__ or error
    elif isinstance(error, AirflowTaskTimeout):
        kind = "timeout"
    elif isinstance(error, (AirflowTaskTerminated, KeyboardInterrupt)):
        kind = "terminated"
    retryable = not isinstance(told, (AirflowFailException, AirflowSensorTimeout))
    return p.Failed(seq=0, end_date=end, kind=kind, retryable=retryable, text=_text(told))


def _text(error: BaseException) -> str:
    """Class and message in one line, masked."""
    try:
        message = str(error)
    except Exception:  # a user's __str__ may raise
        message = ""
    name = type(error).__name__
    line = f"{name}: {message}" if message else name
    return storable(masker.text(line)[:TEXT_LIMIT])


def storable(text: str) -> str:
    """Text as every database takes it: lone surrogates and NUL written out."""
    return text.encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")


# ---- return values -----------------------------------------------------------------------------------------------


def xcoms_of(task: Any, ti: TaskInstance, value: Any) -> list[XComRow]:
    """The XComs of a return value.

    Raises ResultUnusable when it cannot be stored, or another task is mapped over it and cannot be.
    """
    try:
        _check_mapped_over(task, ti, value)
        if value is None or not task.do_xcom_push:
            return []
        where: dict[str, Any] = {
            "dag_id": ti.dag_id,
            "task_id": ti.task_id,
            "run_id": ti.run_id,
            "map_index": ti.map_index,
        }
        rows = []
        if task.multiple_outputs:
            for key, item in _outputs(value).items():
                rows.append(xcom.row(key, item, **where))
        rows.append(xcom.row(XCOM_RETURN_KEY, value, **where))
    except Exception as error:  # the boundary to serializers and backends of users
        raise ResultUnusable from error
    return rows


def _outputs(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise TypeError(f"Returned output was type {type(value)} expected dictionary for multiple_outputs")
    for key in value:
        if not isinstance(key, str):
            raise TypeError(
                "Returned dictionary keys must be strings when using multiple_outputs, "
                f"found {key} ({type(key)}) instead"
            )
    return value


def _check_mapped_over(task: Any, ti: TaskInstance, value: Any) -> None:
    """Fail here, at the cause, when a task that is mapped over this result could not be."""
    if not task.downstream_task_ids or task.dag.get_task(task.task_id).is_mapped or not _is_mapped_over(task):
        return
    if value is None:
        raise XComForMappingNotPushed()
    if not isinstance(value, (Mapping, Sequence)) or isinstance(value, (str, bytes)):
        raise UnmappableXComTypePushed(value)
    limit = _longest_map()
    if len(value) > limit:
        raise UnmappableXComLengthPushed(value, limit)


def _is_mapped_over(task: Any) -> bool:
    for task_id in task.downstream_task_ids:
        below = task.dag.task_dict.get(task_id)
        if below is None:
            continue
        inputs = [below.expand_input] if below.is_mapped else []
        inputs += [group.expand_input for group in below.iter_mapped_task_groups()]
        if any(found.is_over(task.task_id, XCOM_RETURN_KEY) for found in inputs):
            return True
    return False


@lru_cache(maxsize=1)
def _longest_map() -> int:
    from ostro.sdk.conf import conf

    return int(conf.getint("core", "max_map_length", fallback=1024))


def link_rows(task: Any, ti: TaskInstance) -> list[XComRow]:
    """The addresses of the operator's links, kept as XComs for screens."""
    rows = []
    for link in task.all_links():
        try:
            address = link.get_link(operator=task, ti_key=ti.key)
        except Exception as error:  # the boundary to links of providers: a broken one fails no task
            ti.log.warning("the link %r of the task has no address: %s", link.name, error)
            continue
        rows.append(
            XComRow(task_id=ti.task_id, key=link.xcom_key, value=serde.dumps(address), map_index=ti.map_index)
        )
    return rows


# ---- skips -------------------------------------------------------------------------------------------------------


def note_raised_skips(ti: TaskInstance, error: DownstreamTasksSkipped) -> None:
    """A custom operator of 3.x raised the tasks to skip instead of calling `skip`."""
    names = [item if isinstance(item, str) else item[0] for item in error.tasks]
    ti.note_skips({"skipped": names}, names)


def skips_of(ti: TaskInstance) -> tuple[list[p.Skips], list[XComRow]]:
    """What the task decided about tasks after it, as part of its result."""
    if not ti.skip_decision:
        return [], []
    row = XComRow(
        task_id=ti.task_id,
        key=XCOM_SKIPMIXIN_KEY,
        value=json.dumps(ti.skip_decision).encode(),
        map_index=ti.map_index,
    )
    skips = [p.Skips(task_ids=ti.skipped_task_ids, map_index=ti.map_index)] if ti.skipped_task_ids else []
    return skips, [row]


# ---- rendered fields ---------------------------------------------------------------------------------------------


def rendered_fields(task: Any) -> bytes | None:
    """The rendered template fields as JSON, masked and cut; None when the operator has none."""
    names = task.template_fields
    if not names:
        return None
    return _json({name: _shown(name, getattr(task, name, None)) for name in names})


def _shown(name: str, value: Any) -> Any:
    # Most fields of most tasks are empty.
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if type(value) in (str, tuple, list, dict) and not value:
        return value
    if isinstance(value, str):
        value = text = masker.redact(value, name)
    else:
        value = masker.redact(_plain(value), name)
        try:
            text = _json(value).decode()
        except (TypeError, ValueError, RecursionError):
            value = text = masker.text(str(value))
    limit = _longest_field()
    if len(text) <= limit:
        return value
    shown = value if isinstance(value, str) else text
    return f"{shown[:limit]}… [{len(text) - limit} more characters were cut; see [core] max_templated_field_length]"


def _json(value: Any) -> bytes:
    try:
        return _encode(value)
    except UnicodeEncodeError:  # lone surrogates
        return json.dumps(value).encode()


_encode = msgspec.json.Encoder().encode


def _plain(value: Any, depth: int = 0) -> Any:
    """Containers as JSON has them, anything else as text."""
    if value is None or isinstance(value, (bool, float, str)):
        return value
    if isinstance(value, int):
        return value if -(2**63) <= value < 2**63 else str(value)
    if depth > 20:
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item, depth + 1) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted((_plain(item, depth + 1) for item in value), key=repr)
    if callable(value):
        module, name = getattr(value, "__module__", ""), getattr(value, "__qualname__", type(value).__name__)
        return f"<callable {module}.{name}>"
    return str(value)


@lru_cache(maxsize=1)
def _longest_field() -> int:
    from ostro.sdk.conf import conf

    return int(conf.getint("core", "max_templated_field_length", fallback=4096))


def fill_caches() -> None:
    """Read the settings that every result needs."""
    _longest_map()
    _longest_field()
