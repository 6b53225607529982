"""Inside the process that evaluates the partition mappers, windows and wait policies of a DAG file's author.

What one key makes them raise is the answer for this key; the others of the question are answered.
"""

from __future__ import annotations

from typing import Any

from ostro.errors import OstroError
from ostro.protocol.calendar import AskKeys, AskRollups, KeysFound, Rollup, ToldKeys, ToldRollups


def answer(mapper: Any, question: AskKeys | AskRollups) -> ToldKeys | ToldRollups:
    """What the mapper says of each item."""
    if isinstance(question, AskKeys):
        return ToldKeys(seq=question.seq, found=[_keys(mapper, i.key, i.date) for i in question.items])
    return ToldRollups(seq=question.seq, found=[_rollup(mapper, i.key, i.arrived) for i in question.items])


def mapper_in(timetable: Any, data: dict[str, Any]) -> Any:
    """The mapper of a timetable that has this JSON, None when it has none."""
    from ostro.timetable import partition_codec

    config = getattr(timetable, "partition_mapper_config", None) or {}
    mappers = [*config.values(), getattr(timetable, "default_partition_mapper", None)]
    return next((m for m in mappers if m is not None and partition_codec.encode(m) == data), None)


def sentence(error: BaseException) -> str:
    """What was raised, in one sentence."""
    return str(error) if isinstance(error, OstroError) else f"{type(error).__name__}: {error}"


def _keys(mapper: Any, key: str, date: Any) -> KeysFound:
    import pendulum

    from ostro.timetable.mappers import dated_keys

    try:
        source = None if date is None else pendulum.instance(date).in_timezone("UTC")
        return KeysFound(keys=dated_keys(mapper, key, source))
    except Exception as error:  # the boundary to user code
        return KeysFound(error=sentence(error))


def _rollup(mapper: Any, key: str, arrived: list[str]) -> Rollup:
    from ostro.timetable.mappers import satisfaction

    try:
        found = satisfaction(mapper, key, arrived)
        return Rollup(satisfied=bool(found.satisfied), reason=str(found.unreachable_reason or ""))
    except Exception as error:  # the boundary to user code
        return Rollup(error=sentence(error))
