"""How many upstream instances are in which state: all that a trigger rule looks at."""

from __future__ import annotations

from ostro.states import TaskState

#: States that a rule tells apart; every other state is "not finished".
_FIELD: dict[TaskState, str] = {
    TaskState.SUCCESS: "success",
    TaskState.SKIPPED: "skipped",
    TaskState.FAILED: "failed",
    TaskState.UPSTREAM_FAILED: "upstream_failed",
    TaskState.REMOVED: "removed",
}


class Counts:
    """Mutable tally of instances. `setups` and the like count those among them that are setup tasks."""

    __slots__ = (
        "failed",
        "removed",
        "setup_skipped",
        "setup_success",
        "setups",
        "skipped",
        "success",
        "total",
        "upstream_failed",
    )

    def __init__(self) -> None:
        self.total = 0
        self.success = 0
        self.skipped = 0
        self.failed = 0
        self.upstream_failed = 0
        self.removed = 0
        self.setups = 0
        self.setup_success = 0
        self.setup_skipped = 0

    @property
    def done(self) -> int:
        """Instances in a finished state."""
        return self.success + self.skipped + self.failed + self.upstream_failed + self.removed

    @property
    def left(self) -> int:
        """Instances that are not finished."""
        return self.total - self.done

    def expect(self, number: int, *, setup: bool = False) -> None:
        """`number` more instances belong here, not finished (fewer when negative)."""
        self.total += number
        if setup:
            self.setups += number

    def tally(self, state: TaskState, number: int, *, setup: bool = False) -> None:
        """`number` instances more (fewer when negative) are in `state`; `total` is not touched."""
        field = _FIELD.get(state)
        if field is None:
            return
        setattr(self, field, getattr(self, field) + number)
        if setup and field == "success":
            self.setup_success += number
        elif setup and field == "skipped":
            self.setup_skipped += number

    def plus(self, other: Counts) -> Counts:
        """The sum, as a new object."""
        both = Counts()
        for name in Counts.__slots__:
            setattr(both, name, getattr(self, name) + getattr(other, name))
        return both

    def as_dict(self) -> dict[str, int]:
        """All fields by name, for texts and tests."""
        return {name: getattr(self, name) for name in Counts.__slots__}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Counts) and self.as_dict() == other.as_dict()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Counts({', '.join(f'{k}={v}' for k, v in self.as_dict().items() if v)})"
