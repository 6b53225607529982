"""Names of 2.x that act on the engine: `DagModel`, `trigger_dag`, the local client. They ask over the protocol."""

from __future__ import annotations

import datetime as dt
from typing import Any

from ostro.errors import UserError
from ostro.protocol.task import FindDags, GetDag, PauseDag, TriggerRun
from ostro.sdk import asking
from ostro.sdk.exceptions import DagNotFound
from ostro.sdk.queries.model import Model
from ostro.sdk.timezone import coerce_datetime


class DagModel(metaclass=Model):
    """What the engine knows of a DAG."""

    __columns__ = frozenset(
        {
            "bundle_name",
            "dag_id",
            "description",
            "fileloc",
            "is_active",
            "is_paused",
            "is_stale",
            "is_subdag",
            "last_parsed_time",
            "last_scheduler_run",
            "next_dagrun",
            "next_dagrun_create_after",
            "owners",
            "relative_fileloc",
            "schedule_interval",
            "tags",
            "timetable_summary",
        }
    )
    is_subdag = False
    root_dag_id = None

    def __init__(self, data: dict[str, Any]) -> None:
        self.__dict__.update(data)
        self.is_stale = not data.get("is_active", True)
        #: Of 1.10, which looked at files only to schedule them.
        self.last_scheduler_run = data.get("last_parsed_time")
        self.schedule_interval = self.timetable_summary = data.get("timetable_summary")

    @staticmethod
    def get_dagmodel(dag_id: str, session: Any = None) -> DagModel | None:
        """The DAG, None when there is none."""
        found = asking.demand(GetDag(seq=0, dag_id=dag_id))
        return None if found is None else DagModel(found)

    get_current = get_dagmodel

    @staticmethod
    def get_paused_dag_ids(dag_ids: list[str], session: Any = None) -> set[str]:
        """Those of the DAGs that are paused."""
        found = asking.demand(FindDags(seq=0, dag_ids=list(dag_ids))) or []
        return {data["dag_id"] for data in found if data["is_paused"]}

    def get_is_paused(self, session: Any = None) -> bool:
        """Whether it is paused."""
        return bool(self.__dict__["is_paused"])

    def get_last_dagrun(self, session: Any = None, include_externally_triggered: bool = False) -> Any:
        """Its latest run, None without one."""
        from ostro.sdk.dagrun import DagRun

        wanted = None if include_externally_triggered else False
        return next(reversed(DagRun.find(self.__dict__["dag_id"], external_trigger=wanted)), None)

    def __repr__(self) -> str:
        return f"<DAG: {self.__dict__['dag_id']}>"

    def set_is_paused(self, is_paused: bool, including_subdags: bool = True, session: Any = None) -> None:
        """Pause it or let it go on."""
        asking.demand(PauseDag(seq=0, dag_id=self.__dict__["dag_id"], paused=is_paused))


def trigger_dag(
    dag_id: str,
    run_id: str | None = None,
    conf: dict[str, Any] | None = None,
    logical_date: dt.datetime | None = None,
    execution_date: dt.datetime | None = None,
    replace_microseconds: bool = False,
    **kwargs: Any,
) -> Any:
    """Start a run of a DAG; gives its id. Raises DagNotFound."""
    moment = logical_date or execution_date
    if moment is not None and replace_microseconds:
        moment = moment.replace(microsecond=0)
    answer = asking.demand(
        TriggerRun(
            seq=0,
            dag_id=dag_id,
            run_id=run_id,
            conf=dict(conf or {}),
            logical_date=None if moment is None else coerce_datetime(moment),
        )
    )
    if answer is None:
        raise DagNotFound(f"there is no DAG {dag_id!r}")
    return answer["run_id"]


class Client:
    """`airflow.api.client.local_client.Client`."""

    def __init__(self, api_base_url: str | None = None, auth: Any = None, session: Any = None) -> None:
        self._api_base_url = api_base_url

    def trigger_dag(self, dag_id: str, run_id: str | None = None, **kwargs: Any) -> Any:
        """Start a run of a DAG."""
        return trigger_dag(dag_id, run_id, **kwargs)


def clear_task_instances(*args: Any, **kwargs: Any) -> None:
    """2.x cleared rows of the database here."""
    raise UserError(
        "clear_task_instances() is not possible in a task: use the REST API or `ostro tasks clear`"
    )
