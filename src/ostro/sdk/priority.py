"""Priority strategies of the author's own (`airflow.task.priority_strategy`).

A strategy is asked when its DAG file is parsed, once for each try that a task may have: the engine gets numbers, never
code. What it gives is the whole weight of the task; weights of other tasks are not added.
"""

from __future__ import annotations

from typing import Any

from ostro.sdk.enums import WeightRule

#: Most tries that are asked for; the last answer holds for all further.
MOST_TRIES = 20


class PriorityWeightStrategy:
    """Base: `get_weight(ti)` gives the effective weight of a try; `ti.try_number` counts the tries before it."""

    def get_weight(self, ti: Any) -> int:
        """The effective weight of a task instance."""
        raise NotImplementedError(f"{type(self).__name__} has no get_weight() method")

    def serialize(self) -> dict[str, Any]:
        """The strategy as JSON."""
        return {}

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> PriorityWeightStrategy:
        """The strategy of `serialize()`."""
        return cls(**data)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.serialize() == other.serialize()

    def __hash__(self) -> int:
        return hash(type(self))


def strategy(given: Any) -> Any:
    """The strategy of an object, a class or a dotted path. Raises ValueError for anything else."""
    kind = given
    if isinstance(given, str):
        kind = _named(given)
    elif not isinstance(given, type):
        kind = type(given)
    if not isinstance(kind, type) or not callable(getattr(kind, "get_weight", None)):
        raise ValueError(
            f"{given!r} is none of {', '.join(WeightRule)}, and no PriorityWeightStrategy; a strategy has a method "
            "get_weight(ti)"
        )
    return given if not isinstance(given, (str, type)) else kind()


def _named(path: str) -> Any:
    from ostro.sdk import plugins
    from ostro.sdk.serde import import_class

    if plugins.installed is not None:
        found = plugins.installed.find("priority_weight_strategies", path)
        if found is not None:
            return found
    if "." not in path:
        return None
    try:
        return import_class(path)
    except ImportError:
        return None


def weights(task: Any) -> tuple[int, ...]:
    """What the strategy of a task gives for its tries; equal ones at the end once. Empty without a strategy.

    Raises ValueError when the strategy gives no whole number; what it raises itself goes through.
    """
    rule = task.weight_rule
    if isinstance(rule, str):
        return ()
    from ostro.sdk.taskinstance import TaskInstance

    found: list[int] = []
    tries = task.retries if isinstance(task.retries, int) else 0
    for number in range(min(tries, MOST_TRIES - 1) + 1):
        ti = TaskInstance(task, try_number=number, max_tries=tries, pool=task.pool, queue=task.queue)
        weight = rule.get_weight(ti)
        if isinstance(weight, bool) or not isinstance(weight, (int, float)) or weight != int(weight):
            raise ValueError(
                f"the weight rule {type(rule).__name__} gives {weight!r} for task {task.task_id!r}; a weight is a whole number"
            )
        found.append(int(weight))
    while len(found) > 1 and found[-1] == found[-2]:
        found.pop()
    return tuple(found)
