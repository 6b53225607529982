"""Models of 2.x that exist for queries only: `Pool`, and the rows of XComs."""

from __future__ import annotations

from typing import Any, NoReturn

from ostro.errors import UserError
from ostro.protocol.task import ListPools
from ostro.sdk import asking
from ostro.sdk.queries.model import Model


class Pool(metaclass=Model):
    """A pool and who occupies it."""

    __columns__ = frozenset({"pool", "slots", "description", "include_deferred", "id"})
    DEFAULT_POOL_NAME = "default_pool"

    def __init__(
        self,
        pool: str = "",
        slots: int = 0,
        description: str | None = None,
        include_deferred: bool = False,
        **used: Any,
    ) -> None:
        self.pool = pool
        self.slots = slots
        self.description = description
        self.include_deferred = include_deferred
        self._used = used

    @staticmethod
    def get_pools(session: Any = None) -> list[Pool]:
        """All pools by name."""
        found = asking.demand(ListPools(seq=0)) or []
        return [Pool(pool=data["name"], **{k: v for k, v in data.items() if k != "name"}) for data in found]

    @staticmethod
    def get_pool(pool_name: str, session: Any = None) -> Pool | None:
        """The pool of a name, None when there is none."""
        return next((p for p in Pool.get_pools() if p.__dict__["pool"] == pool_name), None)

    @staticmethod
    def get_default_pool(session: Any = None) -> Pool | None:
        """The pool of tasks that name none."""
        return Pool.get_pool(Pool.DEFAULT_POOL_NAME)

    @staticmethod
    def slots_stats(**_: Any) -> dict[str, dict[str, Any]]:
        """Slots of all pools by name: total, running, queued, open …"""
        return {
            p.__dict__["pool"]: {
                "total": float("inf") if p.slots < 0 else p.slots,
                "running": p.running_slots(),
                "queued": p.queued_slots(),
                "scheduled": p.scheduled_slots(),
                "deferred": p.deferred_slots(),
                "open": p.open_slots(),
            }
            for p in Pool.get_pools()
        }

    def running_slots(self, session: Any = None) -> int:
        """Slots of running tasks."""
        return int(self._used.get("running", 0))

    def queued_slots(self, session: Any = None) -> int:
        """Slots of queued tasks."""
        return int(self._used.get("queued", 0))

    def scheduled_slots(self, session: Any = None) -> int:
        """Slots that scheduled tasks will want."""
        return int(self._used.get("scheduled", 0))

    def deferred_slots(self, session: Any = None) -> int:
        """Slots of deferred tasks."""
        return int(self._used.get("deferred", 0))

    def occupied_slots(self, session: Any = None) -> int:
        """Slots that are taken."""
        deferred = self.deferred_slots() if self.include_deferred else 0
        return self.running_slots() + self.queued_slots() + deferred

    def open_slots(self, session: Any = None) -> float:
        """Slots that are free; infinite without limit."""
        return float("inf") if self.slots < 0 else self.slots - self.occupied_slots()

    @staticmethod
    def create_or_update_pool(*args: Any, **kwargs: Any) -> NoReturn:
        """Not from a task."""
        raise UserError("a task cannot change pools: use `ostro pools set` or PATCH /api/v2/pools")

    delete_pool = create_or_update_pool

    def __repr__(self) -> str:
        return str(self.__dict__["pool"])


class XComRecord:
    """A row of `session.query(XCom)`. Its value is read when it is asked for, by the backend of the installation."""

    def __init__(self, data: dict[str, Any]) -> None:
        self._data = data
        self.dag_id: str = data["dag_id"]
        self.run_id: str = data["run_id"]
        self.task_id: str = data["task_id"]
        self.map_index: int = data["map_index"]
        self.key: str = data["key"]
        self.timestamp = data["timestamp"]
        self.logical_date = self.execution_date = data["logical_date"]

    @property
    def where(self) -> dict[str, Any]:
        """Whose it is."""
        return {"dag_id": self.dag_id, "run_id": self.run_id, "task_id": self.task_id}

    @property
    def value(self) -> Any:
        """The value."""
        from ostro.sdk import xcom

        if self._data["value"] is None:
            return xcom.BaseXCom.get_one(key=self.key, map_index=self.map_index, **self.where)
        return xcom.load(self._data["value"], self.key, **self.where)

    def __repr__(self) -> str:
        return f'<XCom "{self.key}" ({self.task_id} @ {self.run_id})>'
