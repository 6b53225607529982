"""Deadlines: call someone when a run is not done by a moment that counts from a reference."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, ClassVar

from ostro.sdk.callback import AsyncCallback, Callback, SyncCallback
from ostro.sdk.timezone import coerce_datetime


class BaseDeadlineReference:
    """The moment that a deadline counts from.

    Authors derive from it, write `_evaluate_with`, and register their class with `deadline_reference()`.
    """

    def _evaluate_with(self, *, session: Any, **kwargs: Any) -> dt.datetime | None:
        """The moment for a run, None when it has none; called in a process of the DAG's file when the run begins."""
        raise NotImplementedError(f"{type(self).__name__} has no _evaluate_with() method")

    def serialize(self) -> dict[str, Any]:
        """The reference as JSON."""
        return {"reference": type(self).__name__}

    def serialize_reference(self) -> dict[str, Any]:
        """Airflow's name of `serialize`."""
        return self.serialize()

    @classmethod
    def deserialize_reference(cls, reference_data: dict[str, Any]) -> BaseDeadlineReference:
        """The reference of such JSON."""
        return cls(**{key: value for key, value in reference_data.items() if key != "reference"})

    @property
    def reference_name(self) -> str:
        """Its name."""
        return type(self).__name__

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        return hash(type(self))


class DagRunLogicalDateDeadline(BaseDeadlineReference):
    """The logical date of the run."""


class DagRunQueuedAtDeadline(BaseDeadlineReference):
    """When the run was queued."""


class FixedDatetimeDeadline(BaseDeadlineReference):
    """A fixed moment."""

    def __init__(self, datetime: dt.datetime | str) -> None:
        self.datetime = coerce_datetime(
            dt.datetime.fromisoformat(datetime) if isinstance(datetime, str) else datetime
        )

    def serialize(self) -> dict[str, Any]:
        return {"reference": self.reference_name, "datetime": self.datetime.isoformat()}


class AverageRuntimeDeadline(BaseDeadlineReference):
    """The run's start and the average duration of the last runs."""

    def __init__(self, max_runs: int = 10, min_runs: int | None = None) -> None:
        self.max_runs = max_runs
        self.min_runs = max_runs if min_runs is None else min_runs
        if self.min_runs < 1:
            raise ValueError("min_runs must be at least 1")

    def serialize(self) -> dict[str, Any]:
        return {"reference": self.reference_name, "max_runs": self.max_runs, "min_runs": self.min_runs}


class DeadlineReference:
    """The references that there are."""

    class TYPES:
        """When the deadline of a reference can be known."""

        DAGRUN_CREATED: tuple[type[BaseDeadlineReference], ...] = (
            DagRunLogicalDateDeadline,
            FixedDatetimeDeadline,
            AverageRuntimeDeadline,
        )
        DAGRUN_QUEUED: tuple[type[BaseDeadlineReference], ...] = (DagRunQueuedAtDeadline,)
        DAGRUN = DAGRUN_CREATED + DAGRUN_QUEUED

    DAGRUN_LOGICAL_DATE: ClassVar[BaseDeadlineReference] = DagRunLogicalDateDeadline()
    DAGRUN_QUEUED_AT: ClassVar[BaseDeadlineReference] = DagRunQueuedAtDeadline()

    @classmethod
    def AVERAGE_RUNTIME(cls, max_runs: int = 10, min_runs: int | None = None) -> BaseDeadlineReference:
        """Counts from the start plus the average duration of the last `max_runs` runs."""
        return AverageRuntimeDeadline(max_runs, min_runs)

    @classmethod
    def FIXED_DATETIME(cls, datetime: dt.datetime) -> BaseDeadlineReference:
        """Counts from a fixed moment."""
        return FixedDatetimeDeadline(datetime)

    @classmethod
    def register_custom_reference(
        cls, reference_class: type[BaseDeadlineReference], deadline_reference_type: Any = None
    ) -> type[BaseDeadlineReference]:
        """Make a class of the author's own known, as an attribute of its name."""
        if not issubclass(reference_class, BaseDeadlineReference):
            raise ValueError(f"{reference_class.__name__} must inherit from BaseDeadlineReference")
        setattr(cls, reference_class.__name__, reference_class())
        if deadline_reference_type == cls.TYPES.DAGRUN_QUEUED:
            cls.TYPES.DAGRUN_QUEUED += (reference_class,)
        else:
            cls.TYPES.DAGRUN_CREATED += (reference_class,)
        return reference_class


def deadline_reference(
    deadline_reference_type: Any = None,
) -> Callable[[type[BaseDeadlineReference]], type[BaseDeadlineReference]]:
    """Class decorator that registers a reference."""
    if isinstance(deadline_reference_type, type):
        raise TypeError("@deadline_reference needs parentheses: @deadline_reference()")

    def decorate(reference_class: type[BaseDeadlineReference]) -> type[BaseDeadlineReference]:
        return DeadlineReference.register_custom_reference(reference_class, deadline_reference_type)

    return decorate


class VariableInterval:
    """An interval that a Variable holds, in seconds; read when a deadline is computed."""

    def __init__(self, key: str) -> None:
        self.key = key

    def resolve(self) -> dt.timedelta:
        """The interval that the Variable holds now. Raises ValueError when it holds no number."""
        from ostro.sdk.variable import Variable

        text = Variable.get(self.key)
        try:
            return dt.timedelta(seconds=float(text))
        except (TypeError, ValueError, OverflowError):
            raise ValueError(
                f"the Variable {self.key!r} holds {text!r}; a deadline's interval is a number of seconds"
            ) from None


class DeadlineAlert:
    """Call `callback` when the run is not done `interval` after `reference`."""

    def __init__(
        self,
        reference: BaseDeadlineReference,
        interval: dt.timedelta | VariableInterval,
        callback: Callback,
        name: str | None = None,
    ) -> None:
        if not isinstance(callback, (AsyncCallback, SyncCallback)):
            raise ValueError(
                f"a deadline's callback is an AsyncCallback or SyncCallback, not {type(callback).__name__}"
            )
        self.reference = reference
        self.interval = interval
        self.callback = callback
        self.name = name

    def serialize(self) -> dict[str, Any]:
        """The deadline as JSON; a fixed interval in seconds."""
        interval: Any = self.interval
        written = (
            {"variable": interval.key} if isinstance(interval, VariableInterval) else interval.total_seconds()
        )
        return {
            "name": self.name,
            "reference": {
                **self.reference.serialize_reference(),
                "reference": self.reference.reference_name,
            },
            "interval": written,
            "callback": self.callback.serialize(),
        }
