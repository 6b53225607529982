"""Inside the process that evaluates the timetables of a DAG file's author.

A timetable is looked up by where its class stands, and made by its own `deserialize`, as Airflow's scheduler does; where
that cannot be (a class inside a function, no `serialize` that fits) the object that the file gave to its DAG is asked. Authors see pendulum's
moments, as from Airflow.
"""

from __future__ import annotations

import importlib
import inspect
import os
import sys
import traceback
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, NoReturn

from ostro.errors import OstroError
from ostro.protocol.calendar import (
    AnyAsking,
    AnyQuestion,
    AskBetween,
    AskKeys,
    AskManual,
    AskNext,
    AskRollups,
    Failed,
    Moments,
    Telling,
    Told,
)
from ostro.protocol.frames import Unpacker, pack
from ostro.runtime import partition_keys
from ostro.runtime.partition_keys import sentence
from ostro.timetable.codec import DAG_FILE

if TYPE_CHECKING:
    import socket

    from ostro.protocol.parse import ParseOrder
    from ostro.timetable import DagRunInfo, DataInterval, Timetable

_READ = 1 << 16
#: Characters of a traceback that are kept.
LONGEST_TRACE = 8000


def answer_for_ever(order: ParseOrder, sock: socket.socket) -> NoReturn:
    """Import the file, then answer until the client leaves."""
    code = 0
    try:
        timetables = _Timetables(order)
        unpacker = Unpacker(AnyQuestion)
        while data := sock.recv(_READ):
            for question in unpacker.feed(data):
                sock.sendall(pack(_answer(timetables, question)))
    except OSError:
        # The client has gone.
        pass
    except BaseException:
        traceback.print_exc()
        code = 1
    finally:
        os._exit(code)


def _answer(timetables: _Timetables, question: AnyQuestion) -> Telling:
    try:
        if isinstance(question, AskKeys | AskRollups):
            return partition_keys.answer(timetables.mapper_of(question), question)
        timetable = timetables.of(question)
        return Told(seq=question.seq, runs=_runs(timetable, question))
    except BaseException as error:
        # The boundary to user code: whatever it raises is the timetable's error and not ours.
        trace = traceback.format_exc()[-LONGEST_TRACE:]
        return Failed(seq=question.seq, text=sentence(error), traceback=trace)


def _runs(timetable: Timetable, question: AnyAsking) -> list[Moments]:
    from ostro.timetable import TimeRestriction, next_run, runs_between

    if isinstance(question, AskManual):
        return [manual(timetable, question)]
    if isinstance(question, AskBetween):
        found = runs_between(
            _authored(timetable),
            question.earliest,
            question.latest,
            now=question.now,
            after=_info_of(question.after),
        )
        return [_told(timetable, question, info, question.run_type) for info in islice(found, question.limit)]
    assert isinstance(question, AskNext)
    bounds = TimeRestriction(question.earliest, question.latest, question.catchup)
    info = next_run(_authored(timetable), _info_of(question.last), bounds, question.now)
    if info is None:
        return []
    return [_told(timetable, question, info, "scheduled")]


def manual(timetable: Timetable, question: AskManual) -> Moments:
    """What a timetable says of a run by hand. Raises what the timetable raises."""
    from ostro.timetable import DagRunInfo, DataInterval, at

    interval: DataInterval | None = None
    after = question.run_after
    if question.logical_date is not None:
        with at(question.now):
            given = timetable.infer_manual_data_interval(run_after=_pendulum(question.logical_date))
        interval = DataInterval(_utc(given.start), _utc(given.end))
    return _told(timetable, question, DagRunInfo(after, interval), question.run_type)


def _told(timetable: Timetable, question: AnyAsking, info: DagRunInfo, run_type: str) -> Moments:
    from ostro.timetable import at

    interval = info.data_interval
    with at(question.now):
        run_id = _run_id(timetable, question, info, run_type)
    return Moments(
        run_after=info.run_after,
        start=None if interval is None else interval.start,
        end=None if interval is None else interval.end,
        partition_date=info.partition_date,
        partition_key=info.partition_key,
        run_id=run_id,
    )


def _run_id(timetable: Timetable, question: AnyAsking, info: DagRunInfo, run_type: str) -> str:
    """The id by the timetable's own rule; "" when it has none, so that the engine's rule holds."""
    from ostro.sdk.enums import DagRunType
    from ostro.timetable import Timetable

    method = timetable.generate_run_id
    if getattr(type(timetable), "generate_run_id", None) is Timetable.generate_run_id:
        return ""
    logical = question.logical_date if isinstance(question, AskManual) else info.logical_date
    values: dict[str, Any] = {
        "run_type": DagRunType(run_type),
        "run_after": _pendulum(info.run_after),
        "data_interval": _pendulums(info.data_interval),
    }
    names = inspect.signature(method).parameters
    # 2.x gave the logical date instead of run_after.
    if "logical_date" in names or "run_after" not in names:
        values["logical_date"] = _pendulum(logical or info.run_after)
        if "run_after" not in names and not _takes_any(names):
            del values["run_after"]
    if not _takes_any(names):
        values = {name: value for name, value in values.items() if name in names}
    found = method(**values)
    if not isinstance(found, str) or not found:
        raise TypeError(f"generate_run_id gave {found!r} instead of a text")
    return found


def _takes_any(names: Any) -> bool:
    return any(p.kind is inspect.Parameter.VAR_KEYWORD for p in names.values())


class _Timetables:
    """The timetables of one file, each made once."""

    def __init__(self, order: ParseOrder) -> None:
        self._order = order
        self._loaded: Any = None
        self._error: BaseException | None = None
        self._made: dict[str, tuple[dict[str, Any], Timetable]] = {}
        self._mappers: list[tuple[Any, dict[str, Any]]] = []
        try:
            self._loaded = self._load()
        except BaseException as error:
            # Told with each answer.
            self._error = error

    def _load(self) -> Any:
        import ostro.sdk.timetables  # says what time it is
        from ostro.runtime import dagfile
        from ostro.runtime.importing import import_file

        order = self._order
        assert ostro.sdk.timetables is not None
        if order.engine:
            return import_file(order.file, order.engine, order.plugins_folder, order.defaults)
        return dagfile.load(order.file, order.plugins_folder, order.defaults)

    def of(self, question: AnyAsking) -> Timetable:
        """The timetable of a question."""
        self._check()
        known = self._made.get(question.dag_id)
        if known is not None and known[0] == question.timetable:
            return known[1]
        made = self._make(question)
        self._made[question.dag_id] = (question.timetable, made)
        return made

    def _check(self) -> None:
        if self._error is not None:
            raise OstroError(f"the file cannot be imported: {sentence(self._error)}")

    def mapper_of(self, question: AskKeys | AskRollups) -> Any:
        """The partition mapper of a question: made of its JSON, or where an author wrote no `serialize` that fits, the
        one that the file gave to its DAG."""
        from ostro.runtime.imported import Imported
        from ostro.timetable import partition_codec

        self._check()
        for mapper, data in self._mappers:
            if data == question.timetable:
                return mapper

        def custom(data: dict[str, Any]) -> Any:
            cls = self._class_of(data["classpath"])
            if cls is None:
                raise OstroError(f"the class {data['classpath']} cannot be found again")
            return cls.deserialize(data["data"])

        try:
            made = partition_codec.decode(question.timetable, custom=custom)
        except Exception:
            dag = Imported(self._loaded, self._order.file.dialect).dag(question.dag_id)
            found = partition_keys.mapper_in(None if dag is None else dag.timetable, question.timetable)
            if found is None:
                raise
            made = found
        self._mappers.append((made, question.timetable))
        return made

    def _make(self, question: AnyAsking) -> Timetable:
        from ostro.runtime.imported import Imported
        from ostro.timetable import decode

        dag = Imported(self._loaded, self._order.file.dialect).dag(question.dag_id)

        def custom(data: dict[str, Any]) -> Timetable:
            cls = self._class_of(data["classpath"])
            own = dag is not None and question.timetable.get("type") == "custom"
            try:
                if cls is None:
                    raise OstroError(f"the timetable class {data['classpath']} cannot be found again")
                found: Timetable = cls.deserialize(data["data"])
            except Exception:
                # An author who wrote no `serialize` that fits: the object in the file says the same.
                if not own:
                    raise
                found = dag.timetable
            return found

        return decode(question.timetable, custom=custom)

    def _class_of(self, classpath: str) -> Any:
        """The class at a dotted path: in the file itself, or in a module that it can import."""
        module, _, name = classpath.rpartition(".")
        while module:
            found = self._module(module)
            if found is not None:
                for part in name.split("."):
                    found = getattr(found, part, None)
                return found
            module, _, more = module.rpartition(".")
            name = f"{more}.{name}"
        return None

    def _module(self, name: str) -> Any:
        if name == DAG_FILE:
            return self._loaded.module
        if name in sys.modules:
            return sys.modules[name]
        try:
            return importlib.import_module(name)
        except ImportError:
            return None


def _authored(timetable: Timetable) -> Timetable:
    """A timetable of an author as the engine's code asks it: what it is given are pendulum's moments."""
    from ostro.timetable import DagRunInfo, TimeRestriction, Timetable

    class Authored(Timetable):
        def next_dagrun_info_v2(self, *, last_dagrun_info: Any, restriction: Any) -> Any:
            last = last_dagrun_info
            if last is not None:
                last = DagRunInfo(
                    _pendulum(last.run_after),
                    _pendulums(last.data_interval),
                    _pendulum(last.partition_date),
                    last.partition_key,
                )
            bounds = TimeRestriction(
                _pendulum(restriction.earliest), _pendulum(restriction.latest), restriction.catchup
            )
            found = timetable.next_dagrun_info_v2(last_dagrun_info=last, restriction=bounds)
            if found is not None and not isinstance(found, DagRunInfo):
                raise TypeError(f"next_dagrun_info gave {found!r} instead of a DagRunInfo")
            return found

    return Authored()


def _info_of(moments: Moments | None) -> DagRunInfo | None:
    from ostro.timetable import DagRunInfo, DataInterval

    if moments is None:
        return None
    interval = (
        None if moments.start is None or moments.end is None else DataInterval(moments.start, moments.end)
    )
    return DagRunInfo(moments.run_after, interval, moments.partition_date, moments.partition_key)


def _pendulum(moment: datetime | None) -> Any:
    import pendulum

    return None if moment is None else pendulum.instance(moment).in_timezone("UTC")


def _pendulums(interval: DataInterval | None) -> DataInterval | None:
    from ostro.timetable import DataInterval

    if interval is None:
        return None
    return DataInterval(_pendulum(interval.start), _pendulum(interval.end))


def _utc(moment: datetime) -> datetime:
    from ostro.timetable.zones import utc

    return utc(moment)
