"""Names of 2.x that act on the engine: `DagModel`, `trigger_dag`, the local client. They ask over the protocol."""

from __future__ import annotations

import datetime as dt
from typing import Any

from ostro.errors import UserError
from ostro.protocol.task import GetDag, PauseDag, TriggerRun
from ostro.sdk import asking
from ostro.sdk.exceptions import DagNotFound
from ostro.sdk.timezone import coerce_datetime


class DagModel:
    """What the engine knows of a DAG."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.__dict__.update(data)

    @staticmethod
    def get_dagmodel(dag_id: str, session: Any = None) -> DagModel | None:
        """The DAG, None when there is none."""
        found = asking.demand(GetDag(seq=0, dag_id=dag_id))
        return None if found is None else DagModel(found)

    get_current = get_dagmodel

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
