"""Makes the context of an attempt or a callback. Each value is made when it is first asked for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ostro.sdk.context import ConnectionAccessor, Context, Variables
from ostro.sdk.timezone import coerce_datetime

if TYPE_CHECKING:
    from pendulum import DateTime

    from ostro.sdk.dagrun import DagRun
    from ostro.sdk.taskinstance import TaskInstance

#: Values that cost a question to the engine.
COSTLY = frozenset(
    {
        "prev_data_interval_end_success",
        "prev_data_interval_start_success",
        "prev_end_date_success",
        "prev_execution_date_success",
        "prev_start_date_success",
    }
)


class ContextMaker:
    """The values of one context. Method names are the keys."""

    def __init__(self, *, dag: Any, task: Any, run: DagRun, ti: TaskInstance | None) -> None:
        self.dag = dag
        self.task = task
        self.run = run
        self.ti = ti
        self._previous: Any = _UNASKED

    def make(self, *, dialect: int, strict: bool = False) -> Context:
        """The context.

        A file that speaks 2.x (dialect 2) sees the keys of 2.x among the others. One that speaks 3.x finds them by
        name, with a warning; when it can be of no other Airflow (`strict`) it has none of them, as in Airflow 3.3.2.
        """
        eager: dict[str, Any] = {"dag": self.dag, "dag_run": self.run, "run_id": self.run.run_id}
        if self.ti is not None:
            eager.update(task=self.task, ti=self.ti, task_instance=self.ti)
        lazy, old = [_ALWAYS], [_OLD]
        if self.ti is not None:
            lazy.append(_OF_TASK)
            if self.task is not None and (self.task.inlets or self.task.outlets):
                lazy.append(_OF_ASSETS)
        if self.run.raw_logical_date is not None:
            lazy.append(_DATED)
            old.append(_OLD_DATED)
        if dialect == 2:
            old.append(_ONLY_OLD)
        elif strict:
            old.clear()
        return Context(eager, source=self, lazy=lazy, old=old, old_visible=dialect == 2, costly=COSTLY)

    # ---- values --------------------------------------------------------------------------------------------

    def params(self) -> dict[str, Any]:
        """Params of DAG, task and run together, checked. Raises ParamValidationError."""
        from ostro.sdk.conf import conf
        from ostro.sdk.params import ParamsDict

        own = getattr(self.task, "params", None)
        if not self.dag.params and not own and not self.run.conf:
            return {}
        merged = ParamsDict()
        for layer in (self.dag.params, own):
            if layer:
                merged.update(layer)
        if self.run.conf and conf.getboolean("core", "dag_run_conf_overrides_params", fallback=True):
            merged.update(self.run.conf)
        return merged.validate()

    def _date(self) -> DateTime:
        date: DateTime | None = self.run.logical_date
        assert date is not None
        return date

    def _day(self, days: int, text: str) -> str:
        return (self._date() + dt.timedelta(days=days)).strftime(text)

    def _previous_success(self, attribute: str) -> DateTime | None:
        if self._previous is _UNASKED:
            self._previous = self.run.get_previous_dagrun(state="success")
        return None if self._previous is None else getattr(self._previous, attribute)

    def _neighbour(self, direction: str) -> DateTime | None:
        """The next or previous logical date of the schedule; that of the run itself when somebody triggered it."""
        if self.run.external_trigger or self.dag is None:
            return self._date()
        moment = getattr(self.dag, f"{direction}_schedule")(self._date())
        return None if moment is None else coerce_datetime(moment)

    def _neighbour_day(self, direction: str, text: str) -> str | None:
        moment = self._neighbour(direction)
        return None if moment is None else moment.strftime(text)

    def partition_date(self) -> Any:
        """The moment that the run's partition stands for, None without one."""
        return self.run.partition_date


_UNASKED: Any = object()
_Maker = Callable[[ContextMaker], Any]


def _macros(maker: ContextMaker) -> Any:
    from ostro.sdk import macros

    return macros


def _conf(maker: ContextMaker) -> Any:
    from ostro.sdk.conf import conf

    return conf


def _inlet_events(maker: ContextMaker) -> Any:
    from ostro.runtime.asset_events import InletEvents

    return InletEvents(maker.task.inlets)


def _outlet_events(maker: ContextMaker) -> Any:
    from ostro.runtime.asset_events import OutletEvents

    return OutletEvents(maker.task.outlets)


def _triggering_events(maker: ContextMaker) -> Any:
    from ostro.runtime.asset_events import TriggeringEvents

    return TriggeringEvents(maker.run.consumed_asset_events)


def _triggering_datasets(maker: ContextMaker) -> Any:
    from ostro.runtime.asset_events import by_uri

    return by_uri(maker.run.consumed_asset_events)


def _task_state_store(maker: ContextMaker) -> Any:
    from ostro.runtime.state_stores import TaskStateStore

    assert maker.ti is not None
    ti = maker.ti
    return TaskStateStore(dag_id=ti.dag_id, run_id=ti.run_id, task_id=ti.task_id, map_index=ti.map_index)


def _asset_state_store(maker: ContextMaker) -> Any:
    from ostro.runtime.state_stores import AssetStateStores

    return AssetStateStores(maker.task.inlets, maker.task.outlets)


def _key_text(maker: ContextMaker) -> str:
    """Airflow's `dag__task__20240305`; an undated run has its run id there."""
    assert maker.ti is not None
    date = maker.run.logical_date
    return f"{maker.ti.dag_id}__{maker.ti.task_id}__{maker.run.run_id if date is None else date.strftime('%Y%m%d')}"


_ALWAYS: dict[str, _Maker] = {
    "conn": lambda m: ConnectionAccessor(),
    "macros": _macros,
    "params": ContextMaker.params,
    "partition_date": ContextMaker.partition_date,
    "partition_key": lambda m: m.run.partition_key,
    "prev_data_interval_end_success": lambda m: m._previous_success("data_interval_end"),
    "prev_data_interval_start_success": lambda m: m._previous_success("data_interval_start"),
    "prev_end_date_success": lambda m: m._previous_success("end_date"),
    "prev_start_date_success": lambda m: m._previous_success("start_date"),
    "triggering_asset_events": _triggering_events,
    "var": lambda m: Variables(),
}
_OF_TASK: dict[str, _Maker] = {
    "inlet_events": _inlet_events,
    "inlets": lambda m: m.task.inlets,
    "map_index_template": lambda m: m.task.map_index_template,
    "outlet_events": _outlet_events,
    "outlets": lambda m: m.task.outlets,
    "task_instance_key_str": _key_text,
    "task_reschedule_count": lambda m: m.ti.reschedule_count if m.ti is not None else 0,
    "task_state_store": _task_state_store,
}
#: Of a task with inlets or outlets.
_OF_ASSETS: dict[str, _Maker] = {"asset_state_store": _asset_state_store}
#: Missing in a run without a logical date.
_DATED: dict[str, _Maker] = {
    "data_interval_end": lambda m: m.run.data_interval_end,
    "data_interval_start": lambda m: m.run.data_interval_start,
    "ds": lambda m: m._date().strftime("%Y-%m-%d"),
    "ds_nodash": lambda m: m._date().strftime("%Y%m%d"),
    "logical_date": ContextMaker._date,
    "ts": lambda m: m._date().isoformat(),
    "ts_nodash": lambda m: m._date().strftime("%Y%m%dT%H%M%S"),
    "ts_nodash_with_tz": lambda m: m._date().isoformat().replace("-", "").replace(":", ""),
}
_OLD: dict[str, _Maker] = {
    "conf": _conf,
    "prev_execution_date_success": lambda m: m._previous_success("logical_date"),
    "triggering_dataset_events": _triggering_datasets,
}
#: Unknown in a file that speaks 3.x, even with a warning.
_ONLY_OLD: dict[str, _Maker] = {"test_mode": lambda m: False}
_OLD_DATED: dict[str, _Maker] = {
    "execution_date": ContextMaker._date,
    "next_ds": lambda m: m._neighbour_day("following", "%Y-%m-%d"),
    "next_ds_nodash": lambda m: m._neighbour_day("following", "%Y%m%d"),
    "next_execution_date": lambda m: m._neighbour("following"),
    "prev_ds": lambda m: m._neighbour_day("previous", "%Y-%m-%d"),
    "prev_ds_nodash": lambda m: m._neighbour_day("previous", "%Y%m%d"),
    "prev_execution_date": lambda m: m._neighbour("previous"),
    "tomorrow_ds": lambda m: m._day(1, "%Y-%m-%d"),
    "tomorrow_ds_nodash": lambda m: m._day(1, "%Y%m%d"),
    "yesterday_ds": lambda m: m._day(-1, "%Y-%m-%d"),
    "yesterday_ds_nodash": lambda m: m._day(-1, "%Y%m%d"),
}
