"""From the partition key of an asset event to the keys of the runs that it takes part in.

Pure: the engine maps keys itself, so that an event makes runs at once; a mapper of an author's own runs in a child
process, and the engine has a `ForeignMapper` in its place. Names and rules are Airflow's
(airflow.partition_mappers); a key of a time is local in the mapper's zone unless its format has an offset.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta, tzinfo
from typing import Any, ClassVar

from ostro.timetable.windows import Declared, PartitionSatisfaction, WaitForAll, WaitPolicy, Window
from ostro.timetable.zones import from_wall, utc, wall, zone_json, zone_of

#: Keys that one event may stand for when its mapper does not say (Airflow's limit).
MAX_DOWNSTREAM_KEYS = 1000
#: Longest key, in characters.
MAX_KEY = 250


class PartitionMapper(Declared):
    """Base of all mappers."""

    #: It waits for several keys before its run starts.
    is_rollup: ClassVar[bool] = False
    #: What `decode_downstream` gives.
    expected_decoded_type: ClassVar[type] = str
    said: ClassVar[tuple[str, ...]] = ("max_downstream_keys",)
    max_downstream_keys: int | None = None

    def __init_subclass__(cls, **more: Any) -> None:
        super().__init_subclass__(**more)
        decodes = cls.decode_downstream is not PartitionMapper.decode_downstream
        encodes = cls.encode_upstream is not PartitionMapper.encode_upstream
        if decodes is not encodes:
            given, missing = ("decode_downstream", "encode_upstream")[:: 1 if decodes else -1]
            raise TypeError(
                f"{cls.__qualname__} defines {given} without {missing}: a rollup reads a key with the one and writes the "
                "keys that it waits for with the other; define both or none"
            )

    def __init__(self, *, max_downstream_keys: int | None = None) -> None:
        wrong = isinstance(max_downstream_keys, bool) or not isinstance(max_downstream_keys, int | None)
        if wrong or (max_downstream_keys is not None and max_downstream_keys < 1):
            raise ValueError(
                f"max_downstream_keys is a number from 1 on or None, not {max_downstream_keys!r}"
            )
        self.max_downstream_keys = max_downstream_keys

    def to_downstream(self, key: str) -> str | Iterable[str]:
        """The key, or keys, of the runs that an event with this key takes part in. Raises ValueError for a key that it
        cannot map."""
        raise NotImplementedError(f"{type(self).__name__} does not define to_downstream")

    def decode_downstream(self, downstream_key: str) -> Any:
        """A downstream key as windows count with it."""
        return downstream_key

    def encode_upstream(self, decoded: Any) -> str:
        """A member of a window as the key of an event."""
        return str(decoded)

    def format_member(self, decoded: Any) -> str:
        """A member of a window as the key of a run."""
        return str(decoded)

    def to_partition_date(self, downstream_key: str) -> datetime | None:
        """The moment that a run's key stands for, None when it stands for none."""
        return None

    def carry_partition_date(self, source_partition_date: datetime | None) -> datetime | None:
        """The moment of the run, from that of the run which made the event."""
        return None


class IdentityMapper(PartitionMapper):
    """The same key."""

    def to_downstream(self, key: str) -> str:
        return key

    def carry_partition_date(self, source_partition_date: datetime | None) -> datetime | None:
        return source_partition_date


class AllowedKeyMapper(PartitionMapper):
    """The same key, if it is one of these."""

    said = ("allowed_keys", "max_downstream_keys")

    def __init__(self, allowed_keys: Iterable[str], *, max_downstream_keys: int | None = None) -> None:
        super().__init__(max_downstream_keys=max_downstream_keys)
        self.allowed_keys = list(allowed_keys)

    def to_downstream(self, key: str) -> str:
        if key not in self.allowed_keys:
            raise ValueError(f"the key {key!r} is none of the allowed keys {self.allowed_keys}")
        return key


class FixedKeyMapper(PartitionMapper):
    """Always this key."""

    said = ("downstream_key", "max_downstream_keys")

    def __init__(self, downstream_key: str, *, max_downstream_keys: int | None = None) -> None:
        super().__init__(max_downstream_keys=max_downstream_keys)
        if not isinstance(downstream_key, str) or not downstream_key:
            raise ValueError(f"FixedKeyMapper needs a text as its key, not {downstream_key!r}")
        self.downstream_key = downstream_key

    def to_downstream(self, key: str) -> str:
        return self.downstream_key


class ProductMapper(PartitionMapper):
    """Each part of the key by a mapper of its own."""

    said = ("mappers", "delimiter", "max_downstream_keys")

    def __init__(
        self,
        mapper0: PartitionMapper,
        mapper1: PartitionMapper,
        /,
        *mappers: PartitionMapper,
        delimiter: str = "|",
        max_downstream_keys: int | None = None,
    ) -> None:
        super().__init__(max_downstream_keys=max_downstream_keys)
        self.mappers = [mapper0, mapper1, *mappers]
        self.delimiter = delimiter

    def to_downstream(self, key: str) -> str:
        found = []
        for mapper, part in zip(self.mappers, self._parts(key), strict=True):
            mapped = mapper.to_downstream(part)
            if not isinstance(mapped, str):
                raise ValueError(f"a part of a ProductMapper gives one key; {mapper!r} gives several")
            found.append(mapped)
        return self.delimiter.join(found)

    def to_partition_date(self, downstream_key: str) -> datetime | None:
        """That of the one part which has one."""
        dates = [
            date
            for mapper, part in zip(self.mappers, self._parts(downstream_key), strict=True)
            if (date := mapper.to_partition_date(part)) is not None
        ]
        return dates[0] if len(dates) == 1 else None

    def _parts(self, key: str) -> list[str]:
        parts = key.split(self.delimiter)
        if len(parts) != len(self.mappers):
            raise ValueError(f"the key {key!r} has {len(parts)} parts, not {len(self.mappers)}")
        return parts


class ChainMapper(PartitionMapper):
    """One mapper after the other."""

    said = ("mappers", "max_downstream_keys")

    def __init__(
        self,
        mapper0: PartitionMapper,
        mapper1: PartitionMapper,
        /,
        *mappers: PartitionMapper,
        max_downstream_keys: int | None = None,
    ) -> None:
        super().__init__(max_downstream_keys=max_downstream_keys)
        self.mappers = [mapper0, mapper1, *mappers]

    def to_downstream(self, key: str) -> str | Iterable[str]:
        keys, several = [key], False
        for mapper in self.mappers:
            mapped = [mapper.to_downstream(one) for one in keys]
            several = several or any(not isinstance(one, str) for one in mapped)
            keys = [k for one in mapped for k in ([one] if isinstance(one, str) else one)]
        return keys if several else keys[0]

    def to_partition_date(self, downstream_key: str) -> datetime | None:
        return self.mappers[-1].to_partition_date(downstream_key)


# ---- times ----------------------------------------------------------------------------------------------------------------


class TimeMapper(PartitionMapper):
    """Base: the period that a moment is in."""

    said = ("input_format", "output_format", "max_downstream_keys")
    expected_decoded_type = datetime
    default_output_format: ClassVar[str]

    def __init__(
        self,
        *,
        timezone: str | tzinfo = "UTC",
        input_format: str = "%Y-%m-%dT%H:%M:%S",
        output_format: str | None = None,
        max_downstream_keys: int | None = None,
    ) -> None:
        super().__init__(max_downstream_keys=max_downstream_keys)
        self.timezone = zone_of(timezone)
        self.input_format = input_format
        self.output_format = output_format or self.default_output_format

    def fields(self) -> dict[str, Any]:
        return {**self.__dict__, "timezone": zone_json(self.timezone)}

    def serialize(self) -> dict[str, Any]:
        return {"timezone": zone_json(self.timezone), **super().serialize()}

    def normalize(self, local: datetime) -> datetime:
        """The first moment of the period that a local time is in."""
        raise NotImplementedError

    def to_downstream(self, key: str) -> str:
        moment = datetime.strptime(key, self.input_format)
        local = moment if moment.tzinfo is None else wall(moment, self.timezone)
        return self.format_member(self.normalize(local))

    def decode_downstream(self, downstream_key: str) -> datetime:
        return self.normalize(self._read(downstream_key))

    def encode_upstream(self, decoded: datetime) -> str:
        return self._zoned(decoded).strftime(self.input_format)

    def format_member(self, decoded: datetime) -> str:
        return self._zoned(decoded).strftime(self.output_format)

    def to_partition_date(self, downstream_key: str) -> datetime | None:
        return from_wall(self.decode_downstream(downstream_key), self.timezone)

    def _zoned(self, local: datetime) -> datetime:
        """The local time with its zone; one that the clock never shows is moved forward."""
        return from_wall(local, self.timezone).astimezone(self.timezone)

    def _read(self, key: str) -> datetime:
        return datetime.strptime(key, self.output_format).replace(tzinfo=None)


class StartOfHourMapper(TimeMapper):
    """The hour that a moment is in: 2024-03-13T10:42:15 → 2024-03-13T10."""

    default_output_format = "%Y-%m-%dT%H"

    def normalize(self, local: datetime) -> datetime:
        return local.replace(minute=0, second=0, microsecond=0)


class StartOfDayMapper(TimeMapper):
    """The day that a moment is in: 2024-03-13."""

    default_output_format = "%Y-%m-%d"

    def normalize(self, local: datetime) -> datetime:
        return _midnight(local)


class StartOfWeekMapper(TimeMapper):
    """The ISO week that a moment is in, by its Monday: 2024-03-11 (W11)."""

    default_output_format = "%Y-%m-%d (W%V)"

    def normalize(self, local: datetime) -> datetime:
        return _midnight(local) - timedelta(days=local.weekday())

    def _read(self, key: str) -> datetime:
        # strptime takes %V only beside %G and %u: what is read is the date.
        pattern = re.escape(self.output_format).replace("%%", "%")
        for directive, group in (("%Y", r"(?P<Y>\d{4})"), ("%m", r"(?P<m>\d\d)"), ("%d", r"(?P<d>\d\d)")):
            pattern = pattern.replace(directive, group, 1)
        found = re.fullmatch(re.sub(r"%[a-zA-Z]", r".+?", pattern), key)
        if found is None or not {"Y", "m", "d"} <= found.groupdict().keys():
            raise ValueError(
                f"the key {key!r} cannot be read with the output_format {self.output_format!r}, which must have %Y, %m and %d"
            )
        return datetime(int(found["Y"]), int(found["m"]), int(found["d"]))


class StartOfMonthMapper(TimeMapper):
    """The month that a moment is in: 2024-03."""

    default_output_format = "%Y-%m"

    def normalize(self, local: datetime) -> datetime:
        return _midnight(local).replace(day=1)


class StartOfQuarterMapper(TimeMapper):
    """The quarter that a moment is in: 2024-Q1. `{quarter}` in the format is its number."""

    default_output_format = "%Y-Q{quarter}"

    def normalize(self, local: datetime) -> datetime:
        return _midnight(local).replace(month=local.month - (local.month - 1) % 3, day=1)

    def format_member(self, decoded: datetime) -> str:
        quarter = (decoded.month - 1) // 3 + 1
        return self._zoned(decoded).strftime(self.output_format.replace("{quarter}", str(quarter)))

    def _read(self, key: str) -> datetime:
        if "{quarter}" not in self.output_format:
            return super()._read(key)
        for quarter in range(1, 5):
            try:
                found = datetime.strptime(key, self.output_format.replace("{quarter}", str(quarter)))
            except ValueError:
                continue
            return found.replace(month=quarter * 3 - 2, tzinfo=None)
        raise ValueError(f"the key {key!r} cannot be read with the output_format {self.output_format!r}")


class StartOfYearMapper(TimeMapper):
    """The year that a moment is in: 2024."""

    default_output_format = "%Y"

    def normalize(self, local: datetime) -> datetime:
        return _midnight(local).replace(month=1, day=1)


def _midnight(local: datetime) -> datetime:
    return local.replace(hour=0, minute=0, second=0, microsecond=0)


# ---- many to one, one to many ------------------------------------------------------------------------------------------------


class RollupMapper(PartitionMapper):
    """All keys of a window to one: its run starts when the wait policy says that enough of them arrived."""

    is_rollup = True
    said = ("upstream_mapper", "window", "wait_policy", "max_downstream_keys")

    def __init__(
        self,
        *,
        upstream_mapper: PartitionMapper,
        window: Window,
        wait_policy: WaitPolicy | None = None,
        max_downstream_keys: int | None = None,
    ) -> None:
        super().__init__(max_downstream_keys=max_downstream_keys)
        _check_pair(window, upstream_mapper)
        self.upstream_mapper = upstream_mapper
        self.window = window
        self.wait_policy = wait_policy or WaitForAll()

    def to_downstream(self, key: str) -> str | Iterable[str]:
        return self.upstream_mapper.to_downstream(key)

    def to_upstream(self, downstream_key: str) -> frozenset[str]:
        """The keys that make up the window of a downstream key."""
        decoded = self.upstream_mapper.decode_downstream(downstream_key)
        return frozenset(self.upstream_mapper.encode_upstream(m) for m in self.window.to_upstream(decoded))

    def to_partition_date(self, downstream_key: str) -> datetime | None:
        return self.upstream_mapper.to_partition_date(downstream_key)


class FanOutMapper(PartitionMapper):
    """One key to all keys of a window."""

    said = ("upstream_mapper", "window", "downstream_mapper", "max_downstream_keys")

    def __init__(
        self,
        *,
        upstream_mapper: PartitionMapper,
        window: Window,
        downstream_mapper: PartitionMapper | None = None,
        max_downstream_keys: int | None = None,
    ) -> None:
        super().__init__(max_downstream_keys=max_downstream_keys)
        _check_pair(window, upstream_mapper)
        if downstream_mapper is None:
            made = _MEMBERS.get(type(window).__name__)
            if made is None:
                raise ValueError(f"FanOutMapper with {type(window).__name__} needs a downstream_mapper")
            downstream_mapper = made()
        self.upstream_mapper = upstream_mapper
        self.window = window
        self.downstream_mapper = downstream_mapper

    def to_downstream(self, key: str) -> list[str]:
        mapped = self.upstream_mapper.to_downstream(key)
        found: dict[str, None] = {}
        for one in [mapped] if isinstance(mapped, str) else mapped:
            decoded = self.upstream_mapper.decode_downstream(one)
            for member in self.window.to_upstream(decoded):
                found[self.downstream_mapper.format_member(member)] = None
        return list(found)

    def to_partition_date(self, downstream_key: str) -> datetime | None:
        return self.downstream_mapper.to_partition_date(downstream_key)


#: What the members of a window are called when the author does not say.
_MEMBERS: dict[str, Callable[[], PartitionMapper]] = {
    "DayWindow": StartOfHourMapper,
    "WeekWindow": StartOfDayMapper,
    "MonthWindow": StartOfDayMapper,
    "QuarterWindow": StartOfMonthMapper,
    "YearWindow": StartOfMonthMapper,
}


def _check_pair(window: Window, mapper: PartitionMapper) -> None:
    wanted, given = window.expected_decoded_type, mapper.expected_decoded_type
    if wanted is not given:
        raise TypeError(
            f"{type(window).__name__} counts in {wanted.__name__}, but {type(mapper).__name__} gives {given.__name__}; "
            "pair a window and an upstream mapper of one kind"
        )


def downstream_keys(mapper: PartitionMapper, key: str) -> list[str]:
    """The keys of the runs that an event with this key takes part in, each once.

    Raises ValueError for a key that cannot be mapped, too many keys, or one that is empty or too long.
    """
    mapped = mapper.to_downstream(key)
    limit = mapper.max_downstream_keys or MAX_DOWNSTREAM_KEYS
    found: dict[str, None] = {}
    for one in [mapped] if isinstance(mapped, str) else mapped:
        if not isinstance(one, str) or not one.strip():
            raise ValueError(f"{mapper!r} makes of {key!r} a key that is no text")
        if len(one) > MAX_KEY:
            raise ValueError(
                f"{mapper!r} makes of {key!r} a key of {len(one)} characters; {MAX_KEY} is the limit"
            )
        found[one] = None
        if len(found) > limit:
            raise ValueError(f"{mapper!r} makes more than {limit} keys of {key!r}; raise max_downstream_keys")
    return list(found)


def dated_keys(
    mapper: PartitionMapper, key: str, source_date: datetime | None
) -> list[tuple[str, datetime | None]]:
    """The keys of the runs that an event takes part in, each with the moment that it stands for.

    `source_date`: that of the run which made the event. Raises ValueError as `downstream_keys`.
    """
    carried = mapper.carry_partition_date(source_date)
    found = []
    for one in downstream_keys(mapper, key):
        date = mapper.to_partition_date(one) or carried
        found.append((one, None if date is None else utc(date)))
    return found


def satisfaction(mapper: Any, key: str, arrived: Iterable[str]) -> PartitionSatisfaction:
    """Whether the wait policy of a rollup has enough of the keys that make up this one."""
    expected = frozenset(mapper.to_upstream(key))
    answer: PartitionSatisfaction = mapper.wait_policy.is_satisfied_by_keys(
        matched=frozenset(arrived), expected=expected
    )
    return answer


def is_rollup(mapper: PartitionMapper) -> bool:
    """Whether a mapper gathers several keys before its run starts."""
    return mapper.is_rollup
