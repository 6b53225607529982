"""Statements of SQLAlchemy about models of ours: `session.execute(select(DagRun).where(…))`, `delete`, `update`.

SQLAlchemy builds them around the stand-ins of `columns`; here they become queries. Its own parts are told by their names
and attributes, since only code that uses SQLAlchemy has it loaded.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ostro.errors import UserError
from ostro.sdk.queries.columns import understand
from ostro.sdk.queries.query import Query, one_of, one_or_none_of

_INSTEAD = "use select(Model).where(…), session.query(Model).filter(…), or the REST API"


class Result:
    """What `session.execute` gives: rows, read once or often. `rowcount` is of deletes and updates."""

    def __init__(self, rows: list[Any], rowcount: int = -1) -> None:
        self._rows = rows
        self.rowcount = rowcount

    def scalars(self, index: int = 0) -> Result:
        """The values of one column."""
        return Result([row[index] for row in self._rows])

    def all(self) -> list[Any]:
        """The rows."""
        return list(self._rows)

    fetchall = all

    def first(self) -> Any:
        """The first row, None when there is none."""
        return self._rows[0] if self._rows else None

    def fetchone(self) -> Any:
        """The next row, None after the last one."""
        return self._rows.pop(0) if self._rows else None

    def fetchmany(self, size: int = 1) -> list[Any]:
        """The next rows."""
        taken, self._rows = self._rows[:size], self._rows[size:]
        return taken

    def one(self) -> Any:
        """The one row. Raises NoResultFound and MultipleResultsFound."""
        return one_of(self._rows)

    def one_or_none(self) -> Any:
        """The one row, None without. Raises MultipleResultsFound."""
        return one_or_none_of(self._rows)

    def scalar(self) -> Any:
        """The first value of the first row, None without rows."""
        return self._rows[0][0] if self._rows else None

    def scalar_one(self) -> Any:
        """The value of the one row. Raises NoResultFound and MultipleResultsFound."""
        return self.one()[0]

    def scalar_one_or_none(self) -> Any:
        """The value of the one row, None without. Raises MultipleResultsFound."""
        row = self.one_or_none()
        return None if row is None else row[0]

    def mappings(self) -> Result:
        """Each row as a dict."""
        return Result([row._asdict() for row in self._rows])

    def unique(self, *_: Any) -> Result:
        """Equal rows once."""
        return Result(list(dict.fromkeys(self._rows)))

    def tuples(self) -> Result:
        """Rows are tuples."""
        return self

    def close(self) -> None:
        """Nothing is open."""

    def __iter__(self) -> Iterator[Any]:
        return iter(list(self._rows))


def execute(statement: Any, query: Any) -> Result:
    """Carry a statement out. `query` makes a Query of entities. Raises UserError for what a task cannot ask or change."""
    kind = type(statement).__name__.removeprefix("Annotated")
    if kind == "Select":
        return Result(_selected(statement, query).rows())
    if kind == "Delete":
        return Result([], _target(statement, query).delete())
    if kind == "Update":
        values = dict(statement._values or ())
        changes = {str(getattr(_plain(k), "name", k)): getattr(v, "value", v) for k, v in values.items()}
        return Result([], _target(statement, query).update(changes))
    if kind in ("str", "TextClause"):
        raise UserError(f"SQL text is not possible in a task: it has no database; {_INSTEAD}")
    raise UserError(f"a statement of the kind {kind} is not possible in a task; {_INSTEAD}")


def _plain(key: Any) -> Any:
    return key if isinstance(key, str) else understand(key)


def _selected(statement: Any, query: Any) -> Query:
    for part, name in (
        ("_setup_joins", "join"),
        ("_having_criteria", "having"),
        ("_distinct_on", "distinct(…)"),
    ):
        if getattr(statement, part, ()):
            raise UserError(
                f"select(…).{name} is not possible in a task; ask for one model at a time and do the rest in Python"
            )
    built: Query = query(*statement._raw_columns).filter(*statement._where_criteria)
    for source in statement._from_obj:
        built = built.select_from(understand(source))
    built = built.group_by(*statement._group_by_clauses).order_by(*statement._order_by_clauses)
    if statement._distinct:
        built = built.distinct()
    return built.limit(_number(statement._limit_clause)).offset(_number(statement._offset_clause))


def _target(statement: Any, query: Any) -> Query:
    found: Query = query(understand(statement.table)).filter(*statement._where_criteria)
    return found


def _number(clause: Any) -> int | None:
    return None if clause is None else clause.value
