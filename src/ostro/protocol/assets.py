"""Questions of tasks about assets and their events."""

from __future__ import annotations

from datetime import datetime

from ostro.protocol.question import Question


class GetAssetEvents(Question, frozen=True, kw_only=True):
    """Value(data=[{id, name, uri, group, extra, timestamp, source_dag_id, source_task_id, source_run_id, source_map_index,
    source_aliases, partition_key}, …]): events of an asset, or of all assets behind an alias, by time.

    One of name and uri is enough. `after` and `before` are inclusive. An answer has at most 500 events; `beyond` (moment and
    id of the last one) gives those after it in the order asked for. With `count`: Value(data=how many there are).
    """

    name: str = ""
    uri: str = ""
    alias: str = ""
    after: datetime | None = None
    before: datetime | None = None
    ascending: bool = True
    limit: int | None = None
    partition_key: str | None = None
    beyond: tuple[datetime, int] | None = None
    count: bool = False


class GetConsumedEvents(Question, frozen=True, kw_only=True):
    """Value(data=[…] as GetAssetEvents): events that a run consumed, in the order of their ids from beyond this one on, at
    most 500."""

    dag_id: str
    run_id: str
    beyond: int = 0


class GetAssets(Question, frozen=True, kw_only=True):
    """Value(data=[[name, uri, group, extra] | None, …]): the active asset of each (name, uri), an empty text stands for any;
    with an alias those behind it."""

    keys: list[tuple[str, str]] = []
    alias: str = ""
