"""The session of 2.x task code: queries, and the few changes that the engine takes. There is no database behind it.

What is added or deleted, and `is_paused` of a DAG that was queried, is carried out at commit, or at the end of
`create_session` and `provide_session`. A state that was set on a run or task instance is refused there.
"""

from __future__ import annotations

from typing import Any, NoReturn

from ostro.errors import UserError
from ostro.protocol.task import SetConnection, SetVariable
from ostro.sdk import asking
from ostro.sdk.queries import fetch
from ostro.sdk.queries.query import Query

#: What of each model is compared with what it was.
_WATCHED = {"DagModel": ("is_paused",), "TaskInstance": ("state",), "Variable": ("value",)}
_CONNECTION = ("conn_id", "conn_type", "description", "host", "login", "password", "schema", "port", "extra")


class Session:
    """See the module."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._added: list[Any] = []
        self._deleted: list[Any] = []
        self._seen: list[tuple[Any, str, Any]] = []

    # ---- queries -------------------------------------------------------------------------------------------

    def query(self, *entities: Any) -> Query:
        """A query of a model, its columns, or functions of them."""
        return Query(*entities, note=self._watch)

    def execute(self, statement: Any, *_: Any, **__: Any) -> Any:
        """Carry out `select(…)`, `delete(…)` or `update(…)` of SQLAlchemy. Raises UserError for any other statement."""
        from ostro.sdk.queries.statements import execute

        return execute(statement, self.query)

    def scalars(self, statement: Any, *_: Any, **__: Any) -> Any:
        """The first value of each row."""
        return self.execute(statement).scalars()

    def scalar(self, statement: Any, *_: Any, **__: Any) -> Any:
        """The first value of the first row, None without rows."""
        return self.execute(statement).scalar()

    def get(self, entity: Any, ident: Any, **_: Any) -> Any:
        """The row of a key."""
        return self.query(entity).get(ident)

    def _watch(self, row: Any) -> None:
        for name in _WATCHED.get(type(row).__name__, ()):
            self._seen.append((row, name, row.__dict__.get(name)))

    # ---- changes -------------------------------------------------------------------------------------------

    def add(self, instance: Any, *_: Any) -> None:
        """Store a Connection or Variable at commit. Raises UserError for anything else that is new."""
        kind = type(instance).__name__
        if kind in ("Connection", "Variable"):
            self._added.append(instance)
        elif not any(row is instance for row, _, _ in self._seen):
            raise UserError(
                f"session.add() of a {kind} is not possible in a task: only Connection and Variable can be added; "
                "use the REST API"
            )

    def add_all(self, instances: Any) -> None:
        """`add` each."""
        for instance in instances:
            self.add(instance)

    def merge(self, instance: Any, **_: Any) -> Any:
        """`add`; gives the instance."""
        self.add(instance)
        return instance

    def delete(self, instance: Any) -> None:
        """Delete an XCom, Variable or Connection at commit. Raises UserError for anything else."""
        fetch.check_deletable(type(instance))
        self._deleted.append(instance)

    def flush(self, objects: Any = None) -> None:
        """Carry out what was added, deleted and changed. Raises UserError for a change that a task cannot make."""
        added, self._added = self._added, []
        deleted, self._deleted = self._deleted, []
        seen, self._seen = self._seen, []
        for row, name, before in seen:
            now = row.__dict__.get(name)
            if now != before:
                self._store_change(row, name, now)
        for instance in added:
            _store(instance)
        for instance in deleted:
            fetch.delete(instance)

    commit = flush

    def _store_change(self, row: Any, name: str, value: Any) -> None:
        if type(row).__name__ == "Variable":
            _store(row)
        else:
            fetch.change(row, name, value)

    def rollback(self) -> None:
        """Forget what was not committed."""
        self._added.clear()
        self._deleted.clear()
        self._seen.clear()

    def close(self) -> None:
        """End without commit."""
        self.rollback()

    # ---- without meaning here ------------------------------------------------------------------------------

    def refresh(self, instance: Any, *_: Any, **__: Any) -> None:
        """Ask for the present state of a run."""
        refresh = getattr(instance, "refresh_from_db", None)
        if refresh is not None:
            refresh()

    def expunge(self, instance: Any) -> None:
        """Rows belong to no session."""

    def expunge_all(self) -> None:
        """Rows belong to no session."""

    def expire_all(self) -> None:
        """Rows are as they were when they were asked for."""

    def remove(self) -> None:
        """End (scoped sessions)."""
        self.close()

    def __enter__(self) -> Session:
        return self

    def __exit__(self, kind: Any, *_: Any) -> None:
        self.close()

    def __call__(self) -> Session:
        """A scoped session gives itself."""
        return self

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("_"):
            raise AttributeError(name)
        raise UserError(
            f"session.{name} is not possible: code of a task has no database; use session.query(Model).filter(…), "
            "DagRun.find(), ti.xcom_pull(), Variable, Connection or the REST API"
        )


def _store(instance: Any) -> None:
    if type(instance).__name__ == "Variable":
        value = instance.value
        asking.demand(
            SetVariable(
                seq=0,
                key=instance.key,
                value=value if isinstance(value, str) else str(value),
                description=instance.description,
            )
        )
        return
    fields = {name: getattr(instance, name, None) for name in _CONNECTION}
    asking.demand(SetConnection(seq=0, fields=fields))
