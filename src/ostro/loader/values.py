"""Variables and Connections that DAG files read while they are parsed: what they are now.

Nobody tells of every change (another machine, a secrets backend), so values are also asked for again now and then.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from ostro.loader.jobs import AskedByParse
from ostro.loader.stamps import ASKED, Stamps
from ostro.protocol.parse import Dependency
from ostro.protocol.task import Answer, Done, GetConnection, GetVariable, ListVariables, Question, Value

#: Name that stands for the list of all Variables.
ALL = "*"


class Values:
    """Asks the engine, and keeps what it answers as stamps."""

    def __init__(self, stamps: Stamps) -> None:
        self._stamps = stamps
        #: Questions under way, by number: what they ask for.
        self._questions: dict[int, Dependency] = {}
        self._last = 0
        #: Questions to hand to the engine; as job 0, which no process has.
        self.asked: list[AskedByParse] = []

    def __bool__(self) -> bool:
        """Whether answers are awaited."""
        return bool(self._questions)

    def missing(self, dependencies: Iterable[Dependency]) -> bool:
        """Whether values are not known yet; they are asked for then."""
        unknown = self._stamps.unknown(dependencies)
        for dependency in unknown:
            self._ask(dependency)
        return bool(unknown)

    def ask_again(self, dependencies: Iterable[Dependency]) -> None:
        """Ask for values that are known, in case they changed."""
        for dependency in dependencies:
            if dependency.kind in ASKED:
                self._ask(dependency)

    def learn(self, answer: Answer) -> Dependency | None:
        """Take an answer; returns what it was about."""
        dependency = self._questions.pop(answer.seq, None)
        if dependency is None:
            return None
        value = None
        if isinstance(answer, Value) and answer.found:
            value = msgspec.msgpack.encode(answer.data, order="sorted")
        elif isinstance(answer, Done):
            value = b""
        self._stamps.learn(dependency.kind, dependency.name, value)
        return dependency

    def _ask(self, dependency: Dependency) -> None:
        if dependency not in self._questions.values():
            self._last += 1
            self._questions[self._last] = dependency
            self.asked.append(AskedByParse(0, _question(self._last, dependency)))


def _question(seq: int, dependency: Dependency) -> Question:
    if dependency.kind == "connection":
        return GetConnection(seq=seq, conn_id=dependency.name)
    if dependency.name == ALL:
        return ListVariables(seq=seq)
    return GetVariable(seq=seq, key=dependency.name)
