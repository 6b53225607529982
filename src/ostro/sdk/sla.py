"""The record of a missed SLA, as `sla_miss_callback` of 2.x is given it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from ostro.sdk.queries.model import Model


class SlaMiss(metaclass=Model):
    """A task that was not done in time (`airflow.models.SlaMiss`)."""

    __columns__ = frozenset(
        {"task_id", "dag_id", "execution_date", "timestamp", "email_sent", "notification_sent", "description"}
    )
    #: Of queries.
    __instead__ = "an sla_miss_callback is told what was missed"

    def __init__(
        self,
        task_id: str,
        dag_id: str,
        execution_date: dt.datetime | None = None,
        timestamp: dt.datetime | None = None,
        email_sent: bool = False,
        notification_sent: bool = False,
        description: str = "",
        **_: Any,
    ) -> None:
        self.task_id = task_id
        self.dag_id = dag_id
        self.execution_date = execution_date
        self.timestamp = timestamp
        self.email_sent = email_sent
        self.notification_sent = notification_sent
        self.description = description

    def __repr__(self) -> str:
        return str(
            (self.dag_id, self.task_id, None if self.execution_date is None else str(self.execution_date))
        )
