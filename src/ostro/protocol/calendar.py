"""What a process that evaluates the timetables of one DAG file and its client say to each other.

The process is a parse process that stays (`ParseOrder.stay`): it imports the file once and answers one question after
the other, in their order. Moments are aware, UTC.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from ostro.protocol.task import Message


class Moments(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A run of a timetable (`ostro.timetable.DagRunInfo`)."""

    run_after: datetime
    start: datetime | None = None
    end: datetime | None = None
    partition_date: datetime | None = None
    partition_key: str | None = None
    #: The id that the timetable gives to it.
    run_id: str = ""


class Asking(Message, frozen=True, kw_only=True):
    """Base of the questions. `timetable`: JSON of the spec (`ostro.timetable.encode`)."""

    seq: int = 0
    dag_id: str
    timetable: dict[str, Any]
    #: What time it is.
    now: datetime
    #: 2 or 3: which Airflow the file speaks.
    dialect: int = 3


class AskNext(Asking, frozen=True, kw_only=True):
    """Which run comes after `last`?"""

    last: Moments | None = None
    earliest: datetime | None = None
    latest: datetime | None = None
    catchup: bool = False


class AskBetween(Asking, frozen=True, kw_only=True):
    """Which runs lie between two moments, behind `after`? At most `limit`."""

    earliest: datetime
    latest: datetime
    after: Moments | None = None
    limit: int = 100
    run_type: str = "backfill"


class AskManual(Asking, frozen=True, kw_only=True):
    """Which data interval and id has a run that somebody starts by hand?"""

    run_after: datetime
    #: None: a run without a logical date, which gets an id only.
    logical_date: datetime | None = None
    run_type: str = "manual"


AnyAsking = AskNext | AskBetween | AskManual


class Told(Message, frozen=True, kw_only=True):
    """The runs asked for; empty: there is none."""

    seq: int
    runs: list[Moments] = []


class Failed(Message, frozen=True, kw_only=True):
    """The timetable, or its file, failed."""

    seq: int
    text: str
    traceback: str = ""


Telling = Told | Failed
