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


class KeyOf(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An event with a partition key; `date`: the partition date of the run that made it."""

    key: str
    date: datetime | None = None


class AskKeys(Asking, frozen=True, kw_only=True):
    """Of which keys are the runs that these events take part in? `timetable` is the JSON of a partition mapper."""

    items: list[KeyOf]


class Arrivals(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The key of a run to come, and the keys that arrived for it."""

    key: str
    arrived: list[str]


class AskRollups(Asking, frozen=True, kw_only=True):
    """Are these complete? `timetable` is the JSON of a partition mapper that rolls up."""

    items: list[Arrivals]


AnyAsking = AskNext | AskBetween | AskManual
AnyQuestion = AskNext | AskBetween | AskManual | AskKeys | AskRollups


class Told(Message, frozen=True, kw_only=True):
    """The runs asked for; empty: there is none."""

    seq: int
    runs: list[Moments] = []


class KeysFound(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The keys for one event, each with the moment that it stands for; or why there are none."""

    keys: list[tuple[str, datetime | None]] = []
    error: str = ""


class ToldKeys(Message, frozen=True, kw_only=True):
    """For each item of AskKeys, in its order."""

    seq: int
    found: list[KeysFound]


class Rollup(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Whether a key is complete; `reason`: why it can never be; `error`: why that cannot be said."""

    satisfied: bool = False
    reason: str = ""
    error: str = ""


class ToldRollups(Message, frozen=True, kw_only=True):
    """For each item of AskRollups, in its order."""

    seq: int
    found: list[Rollup]


class Failed(Message, frozen=True, kw_only=True):
    """The timetable, or its file, failed."""

    seq: int
    text: str
    traceback: str = ""


Telling = Told | ToldKeys | ToldRollups | Failed
