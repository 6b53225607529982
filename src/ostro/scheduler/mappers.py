"""What mappers, windows and wait policies of DAG authors make of partition keys: asked of child processes.

Only the DAG waits: its events stay in its queue, its keys open, until the answer is there. A process that dies, hangs or
cannot import its file leaves them there until the file changes; a key that the author's code refuses is told and dropped,
as one that a mapper of Airflow's refuses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from ostro.protocol.calendar import (
    Arrivals,
    AskKeys,
    AskRollups,
    KeyOf,
    KeysFound,
    Rollup,
    ToldKeys,
    ToldRollups,
)
from ostro.scheduler.calendar import Broken, Calendars, PartitionAnswer

#: Items of one question, and characters of keys in it beyond which the next item waits.
MOST_ITEMS = 200
MOST_CHARACTERS = 50_000


class Waiting(msgspec.Struct, frozen=True):
    """A rollup that the author's code is asked about: what arrived for an asset of an open key."""

    partition: int
    asset: tuple[str, str]
    key: str
    arrived: frozenset[str]


class _Dag:
    """What is known and asked of one DAG."""

    def __init__(self) -> None:
        #: By mapper (its JSON as text) and event.
        self.keys: dict[tuple[str, int], KeysFound] = {}
        #: By mapper: its latest answer about an open key, with what it was asked.
        self.rollups: dict[tuple[str, int, tuple[str, str]], tuple[Waiting, Rollup]] = {}
        #: Mappers with a question on the way.
        self.asking: set[tuple[str, str]] = set()
        #: Open keys of which an answer came since they were looked at.
        self.ready: set[int] = set()
        self.broken: Broken | None = None
        self.answered = False


class AuthorsMappers:
    """Asks, and keeps the answers until they are used. `tell`: the DAG is to be looked at."""

    def __init__(self, calendars: Calendars, tell: Callable[[str], None]) -> None:
        self._calendars = calendars
        self._tell = tell
        self._dags: dict[str, _Dag] = {}

    def forget(self, dag_id: str) -> None:
        """The DAG may have changed: nothing that was said of it holds."""
        self._dags.pop(dag_id, None)

    def forget_all(self) -> None:
        """As `forget`, of all DAGs."""
        self._dags.clear()

    def broken(self, dag_id: str) -> Broken | None:
        """Why the DAG's mappers do not answer."""
        dag = self._dags.get(dag_id)
        return None if dag is None else dag.broken

    def is_well(self, dag_id: str) -> bool:
        """Whether they answered."""
        dag = self._dags.get(dag_id)
        return dag is not None and dag.answered

    # -- keys of events

    def keys_of(
        self,
        dag_id: str,
        mapper: dict[str, Any],
        events: Mapping[int, tuple[str, datetime | None]],
        now: datetime,
    ) -> dict[int, KeysFound]:
        """What is known of these events (id: key, partition date of the run that made it); the others are asked for."""
        dag, name = self._dag(dag_id), _name(mapper)
        known = {id_: dag.keys[name, id_] for id_ in events if (name, id_) in dag.keys}
        unknown = [id_ for id_ in events if id_ not in known]
        if not unknown or ("keys", name) in dag.asking:
            return known
        part = _portion([(id_, len(events[id_][0])) for id_ in unknown])
        items = [KeyOf(key=events[id_][0], date=events[id_][1]) for id_ in part]

        def then(answer: PartitionAnswer) -> None:
            if self._taken(dag_id, dag, "keys", name, answer) and isinstance(answer, ToldKeys):
                dag.keys.update(zip([(name, id_) for id_ in part], answer.found, strict=False))

        self._ask(dag, "keys", name, AskKeys(dag_id=dag_id, timetable=mapper, now=now, items=items), then)
        return known

    def used(self, dag_id: str, events: Sequence[int]) -> None:
        """These events left the queue."""
        dag, gone = self._dag(dag_id), set(events)
        dag.keys = {at: found for at, found in dag.keys.items() if at[1] not in gone}

    # -- rollups

    def ready(self, dag_id: str) -> set[int]:
        """Open keys of which an answer came; they are looked at now."""
        dag = self._dag(dag_id)
        found, dag.ready = dag.ready, set()
        return found

    def rollups_of(
        self, dag_id: str, mapper: dict[str, Any], waiting: Sequence[Waiting], now: datetime
    ) -> list[Rollup | None]:
        """What is known of these rollups; the others are asked for, and None."""
        dag, name = self._dag(dag_id), _name(mapper)
        known: list[Rollup | None] = []
        for one in waiting:
            said = dag.rollups.get((name, one.partition, one.asset))
            known.append(said[1] if said is not None and said[0] == one else None)
        unknown = [one for one, found in zip(waiting, known, strict=True) if found is None]
        if unknown and ("rollups", name) not in dag.asking:
            numbers = _portion([(i, sum(map(len, one.arrived))) for i, one in enumerate(unknown)])
            part = [unknown[i] for i in numbers]
            # The others are looked at again with this answer.
            rest = {one.partition for one in unknown} - {one.partition for one in part}
            items = [Arrivals(key=one.key, arrived=sorted(one.arrived)) for one in part]

            def then(answer: PartitionAnswer) -> None:
                if not self._taken(dag_id, dag, "rollups", name, answer) or not isinstance(
                    answer, ToldRollups
                ):
                    return
                for one, found in zip(part, answer.found, strict=False):
                    dag.rollups[name, one.partition, one.asset] = (one, found)
                    dag.ready.add(one.partition)
                dag.ready |= rest

            question = AskRollups(dag_id=dag_id, timetable=mapper, now=now, items=items)
            self._ask(dag, "rollups", name, question, then)
        elif unknown:
            # Asked when the question that is on the way was answered.
            dag.ready.update(one.partition for one in unknown)
        return known

    def closed(self, dag_id: str, partitions: Sequence[int]) -> None:
        """These keys have their runs."""
        dag, gone = self._dag(dag_id), set(partitions)
        dag.rollups = {at: said for at, said in dag.rollups.items() if at[1] not in gone}

    # -- questions

    def _dag(self, dag_id: str) -> _Dag:
        return self._dags.setdefault(dag_id, _Dag())

    def _ask(
        self,
        dag: _Dag,
        kind: str,
        name: str,
        question: AskKeys | AskRollups,
        then: Callable[[PartitionAnswer], None],
    ) -> None:
        if dag.broken is None:
            dag.asking.add((kind, name))
            self._calendars.partitions(question, then)

    def _taken(self, dag_id: str, dag: _Dag, kind: str, name: str, answer: PartitionAnswer) -> bool:
        """Whether an answer says something; one about a DAG that changed meanwhile is let go."""
        dag.asking.discard((kind, name))
        if self._dags.get(dag_id) is not dag:
            return False
        self._tell(dag_id)
        if isinstance(answer, Broken):
            dag.broken = answer
            return False
        dag.answered = True
        return True


def _name(mapper: dict[str, Any]) -> str:
    return msgspec.json.encode(mapper, order="sorted").decode()


def _portion(items: Sequence[tuple[int, int]]) -> list[int]:
    """The first of (what, characters) that one question has room for; at least one."""
    found: list[int] = []
    size = 0
    for what, characters in items[:MOST_ITEMS]:
        size += characters
        if found and size > MOST_CHARACTERS:
            break
        found.append(what)
    return found
