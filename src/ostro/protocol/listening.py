"""What the engine and the process that runs listeners of plugins say to each other."""

from __future__ import annotations

from typing import Any

import msgspec

from ostro.protocol.task import Message, RunInfo


class Tell(Message, frozen=True, kw_only=True):
    """Call this hook of all listeners. No answer."""

    hook: str
    run: RunInfo | None = None
    text: str = ""
    #: Asset event: {name, uri, group, extra, timestamp, source_…}; or an asset that was made: {name, uri, group, extra}.
    asset: dict[str, Any] | None = None
    #: Alias that was made: {name, group}.
    alias: dict[str, Any] | None = None
    #: Import error: path of the file.
    path: str = ""


class PurgeItem(msgspec.Struct, frozen=True):
    """A stored XCom that was deleted with its run."""

    id: int
    dag_id: str
    run_id: str
    task_id: str
    key: str
    value: bytes


class Purge(Message, frozen=True, kw_only=True):
    """Have the XCom backend delete what it keeps of these. Answered with Purged."""

    items: list[PurgeItem]


class Hello(Message, frozen=True, kw_only=True):
    """First words: which hooks somebody hears, whether deleted XComs are of interest, and what could not be loaded."""

    hooks: list[str] = []
    purges: bool = False
    #: [source, sentence] of each broken plugin.
    broken: list[tuple[str, str]] = []


class Purged(Message, frozen=True, kw_only=True):
    """These were deleted, or cannot be."""

    ids: list[int]
    #: Why the first of those that cannot be was left; empty for none.
    text: str = ""


ToListener = Tell | Purge
FromListener = Hello | Purged
