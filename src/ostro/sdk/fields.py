"""The arguments that every task takes: how each value is read, whatever form the author gave it in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ostro.sdk import dialect
from ostro.sdk.enums import OLD_TRIGGER_RULES, TriggerRule, WeightRule
from ostro.sdk.exceptions import DagInvalid
from ostro.sdk.parsing import default
from ostro.sdk.timezone import convert_to_utc, parse
from ostro.sdk.types import ArgNotSet

Reader = Callable[[Any], Any]


def moment(value: Any) -> Any:
    """A datetime, or ISO text of one, in UTC."""
    if isinstance(value, str):
        try:
            value = parse(value)
        except ValueError:
            raise ValueError(f"give a datetime, not {value!r}") from None
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        value = dt.datetime(value.year, value.month, value.day)
    if not isinstance(value, dt.datetime):
        raise ValueError(f"give a datetime, not {value!r}")
    return convert_to_utc(value)


def duration(value: Any) -> dt.timedelta:
    """A timedelta; a number is seconds."""
    if isinstance(value, dt.timedelta):
        return value
    if isinstance(value, (int, float, str)):
        return dt.timedelta(seconds=float(value))
    raise ValueError(f"give a timedelta or seconds, not {value!r}")


def only_duration(value: Any) -> dt.timedelta:
    """A timedelta and nothing else."""
    if not isinstance(value, dt.timedelta):
        raise ValueError(f"give a timedelta, not {value!r} ({type(value).__name__})")
    return value


def whole(value: Any) -> int:
    """A whole number, also as text."""
    if isinstance(value, str):
        value = value.strip()
    try:
        number = int(value)
    except (ValueError, TypeError):
        raise ValueError(f"give a whole number, not {value!r}") from None
    if not isinstance(value, str) and number != value:
        raise ValueError(f"give a whole number, not {value!r}")
    return number


def slots(value: Any) -> int:
    """A whole number of at least 1."""
    number = whole(value)
    if number < 1:
        raise ValueError(f"give at least 1, not {number}")
    return number


def multiplier(value: Any) -> float:
    """The growth of the retry delay: 0 for none; True of 2.x is 2."""
    if isinstance(value, bool):
        return 2.0 if value else 0.0
    number = float(value)
    if number < 0:
        raise ValueError(f"give 0 or more, not {value!r}")
    return number


def trigger_rule(value: Any) -> TriggerRule:
    """A trigger rule, also by its 1.10 or 2.x name."""
    text = str(getattr(value, "value", value))
    if text in OLD_TRIGGER_RULES:
        dialect.note("value", f"trigger_rule={text!r}", repr(OLD_TRIGGER_RULES[text].value))
        return OLD_TRIGGER_RULES[text]
    if not TriggerRule.is_valid(text):
        raise ValueError(f"{text!r} is none of {', '.join(TriggerRule)}")
    return TriggerRule(text)


def weight_rule(value: Any) -> Any:
    """A weight rule, or a strategy of the author's own: an object, its class, or the dotted path of the class."""
    text = getattr(value, "value", value)
    if isinstance(text, str) and WeightRule.is_valid(text):
        return WeightRule(text)
    from ostro.sdk.priority import strategy

    return strategy(value)


def some(value: Any) -> list[Any]:
    """A list of one or several; a dict or string counts as one."""
    if value is None:
        return []
    if isinstance(value, (list, tuple, set, frozenset)):
        return list(value)
    return [value]


def as_is(value: Any) -> Any:
    """Any value."""
    return value


class Field:
    """One argument: its value when it is not given, how a given one is read, whether None means "not given"."""

    __slots__ = ("fallback", "none_is_default", "read")

    def __init__(self, read: Reader, fallback: Any = None, *, none_is_default: bool = False) -> None:
        self.read = read
        self.fallback = fallback
        self.none_is_default = none_is_default

    def initial(self) -> Any:
        """The value when nothing is given."""
        return self.fallback() if callable(self.fallback) else self.fallback


def _setting(name: str, read: Reader = as_is) -> Callable[[], Any]:
    return lambda: None if default(name) is None else read(default(name))


#: All arguments that are plain values of a task. task_id, dag, task_group, params and default_args are not.
FIELDS: dict[str, Field] = {
    "owner": Field(as_is, _setting("default_owner"), none_is_default=True),
    "email": Field(as_is),
    "email_on_retry": Field(bool, True, none_is_default=True),
    "email_on_failure": Field(bool, True, none_is_default=True),
    "retries": Field(whole, _setting("default_task_retries", whole), none_is_default=True),
    "retry_delay": Field(duration, _setting("default_task_retry_delay", duration), none_is_default=True),
    "retry_exponential_backoff": Field(multiplier, 0.0, none_is_default=True),
    "max_retry_delay": Field(duration),
    "retry_policy": Field(as_is),
    "start_date": Field(moment),
    "end_date": Field(moment),
    "depends_on_past": Field(bool, False, none_is_default=True),
    "ignore_first_depends_on_past": Field(
        bool, _setting("ignore_first_depends_on_past_by_default", bool), none_is_default=True
    ),
    "wait_for_past_depends_before_skipping": Field(bool, False, none_is_default=True),
    "wait_for_downstream": Field(bool, False, none_is_default=True),
    "priority_weight": Field(whole, 1, none_is_default=True),
    "weight_rule": Field(
        weight_rule, _setting("default_task_weight_rule", weight_rule), none_is_default=True
    ),
    "queue": Field(as_is, _setting("default_queue"), none_is_default=True),
    "pool": Field(as_is, _setting("default_pool"), none_is_default=True),
    "pool_slots": Field(slots, 1, none_is_default=True),
    "sla": Field(as_is),
    "execution_timeout": Field(
        only_duration, _setting("default_task_execution_timeout", duration), none_is_default=True
    ),
    "on_execute_callback": Field(some, list),
    "on_failure_callback": Field(some, list),
    "on_success_callback": Field(some, list),
    "on_retry_callback": Field(some, list),
    "on_skipped_callback": Field(some, list),
    "trigger_rule": Field(trigger_rule, TriggerRule.ALL_SUCCESS, none_is_default=True),
    "resources": Field(as_is),
    "run_as_user": Field(as_is),
    "map_index_template": Field(as_is),
    "max_active_tis_per_dag": Field(whole),
    "max_active_tis_per_dagrun": Field(whole),
    "executor": Field(as_is),
    "executor_config": Field(as_is, dict, none_is_default=True),
    "do_xcom_push": Field(bool, True, none_is_default=True),
    "multiple_outputs": Field(bool, False, none_is_default=True),
    "inlets": Field(some, list),
    "outlets": Field(some, list),
    "doc": Field(as_is),
    "doc_md": Field(as_is),
    "doc_json": Field(as_is),
    "doc_yaml": Field(as_is),
    "doc_rst": Field(as_is),
    "task_display_name": Field(as_is),
    "logger_name": Field(as_is),
    "allow_nested_operators": Field(bool, True, none_is_default=True),
    "render_template_as_native_obj": Field(as_is),
}


def read_fields(given: Mapping[str, Any], *, task: str, names: Iterable[str] = FIELDS) -> dict[str, Any]:
    """The values of all fields. `task` names the task in errors. Raises DagInvalid with argument, value and remedy."""
    values: dict[str, Any] = {}
    for name in names:
        field = FIELDS[name]
        value = given.get(name)
        if name not in given or isinstance(value, ArgNotSet) or (value is None and field.none_is_default):
            values[name] = field.initial()
        elif value is None:
            values[name] = field.read(None) if field.read is some else None
        else:
            values[name] = read_field(name, value, task=task)
    return values


def read_field(name: str, value: Any, *, task: str) -> Any:
    """One given value. Raises DagInvalid (a ValueError too) with argument, value and remedy."""
    try:
        return FIELDS[name].read(value)
    except (ValueError, TypeError) as error:
        raise InvalidArgument(f"the argument {name} of {task} is invalid: {error}") from None


class InvalidArgument(DagInvalid, ValueError, TypeError):
    """A task argument has a value that cannot be used; Airflow raises ValueError or TypeError for some of them."""
