"""`session.query(…)`: built as of SQLAlchemy, answered by the engine."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

from ostro.errors import UserError
from ostro.sdk.queries import fetch
from ostro.sdk.queries.columns import Column, Condition, Function, Order, understand

#: Methods that change how SQLAlchemy loads, not what.
WITHOUT_EFFECT = frozenset(
    {
        "options",
        "with_for_update",
        "with_hint",
        "yield_per",
        "execution_options",
        "enable_eagerloads",
        "populate_existing",
        "with_session",
    }
)


class Query:
    """A query of one model, its columns, or functions of them. Each method gives a new query."""

    def __init__(self, *entities: Any, note: Callable[[Any], None] = lambda row: None) -> None:
        self._note = note
        self._entities = [e if isinstance(e, type) else understand(e) for e in entities]
        models = {_model_of(e) for e in self._entities} - {None}
        if len(models) > 1:
            raise UserError(
                "a query of several models is not possible in a task; ask for each and join in Python"
            )
        self._model: Any = models.pop() if models else None
        self._conditions: list[Any] = []
        self._order: list[Any] = []
        self._limit: int | None = None
        self._offset = 0
        self._distinct = False

    def _with(self, **changes: Any) -> Query:
        other = Query.__new__(Query)
        other.__dict__.update(self.__dict__, **changes)
        return other

    # ---- building ------------------------------------------------------------------------------------------

    def filter(self, *conditions: Any) -> Query:
        """Only what fulfils all conditions."""
        return self._with(_conditions=[*self._conditions, *(understand(c) for c in conditions)])

    where = filter

    def filter_by(self, **values: Any) -> Query:
        """Only what has these values."""
        return self.filter(*(Condition(getattr(self._model, name), "==", v) for name, v in values.items()))

    def select_from(self, model: Any) -> Query:
        """Which model the functions are of."""
        return self._with(_model=model)

    def order_by(self, *columns: Any) -> Query:
        """Sorted by columns; NULL comes last."""
        found = [understand(c, self._model) for c in columns if c is not None]
        return self._with(_order=[*self._order, *found])

    def limit(self, count: int | None) -> Query:
        """At most so many."""
        return self._with(_limit=count)

    def offset(self, count: int | None) -> Query:
        """Without the first ones."""
        return self._with(_offset=count or 0)

    def slice(self, start: int, stop: int) -> Query:
        """From one position to another."""
        return self._with(_offset=start, _limit=stop - start)

    def distinct(self, *_: Any) -> Query:
        """Equal rows once."""
        return self._with(_distinct=True)

    def with_entities(self, *entities: Any) -> Query:
        """The same rows, other columns."""
        other = Query(*entities, note=self._note)
        return self._with(_entities=other._entities, _model=other._model or self._model)

    def __getattr__(self, name: str) -> Any:
        if name in WITHOUT_EFFECT:
            return lambda *args, **kwargs: self
        if name.startswith("_"):
            raise AttributeError(name)
        raise UserError(
            f"query.{name}() is not possible in a task; use filter, order_by and limit, and do the rest in Python"
        )

    # ---- answers -------------------------------------------------------------------------------------------

    def _rows(self) -> list[Any]:
        if self._model is None:
            raise UserError("a query needs a model or a column: session.query(DagRun)")
        rows = fetch.rows(self._model, self._conditions)
        rows = [row for row in rows if all(c.holds(row) for c in self._conditions)]
        for one in reversed(self._order):
            order = one if isinstance(one, Order) else Order(one, descending=False)
            known = [row for row in rows if order.value_of(row) is not None]
            known.sort(key=order.value_of, reverse=order.descending)
            rows = known + [row for row in rows if order.value_of(row) is None]
        return rows

    def all(self) -> list[Any]:
        """What fits."""
        rows = self._rows()
        if any(isinstance(e, Function) for e in self._entities):
            rows = [tuple(e.of(rows) if isinstance(e, Function) else None for e in self._entities)]
        elif not (len(self._entities) == 1 and isinstance(self._entities[0], type)):
            rows = [tuple(_value(e, row) for e in self._entities) for row in rows]
        else:
            for row in rows:
                self._note(row)
        if self._distinct:
            rows = list(dict.fromkeys(rows))
        return rows[self._offset : None if self._limit is None else self._offset + self._limit]

    def first(self) -> Any:
        """The first that fits, None when nothing does."""
        return next(iter(self.limit(1).all()), None)

    def one_or_none(self) -> Any:
        """The one that fits, None when nothing does. Raises MultipleResultsFound."""
        found = self.all()
        if len(found) > 1:
            _fail("MultipleResultsFound", "Multiple rows were found when one or none was required")
        return found[0] if found else None

    def one(self) -> Any:
        """The one that fits. Raises NoResultFound and MultipleResultsFound."""
        found = self.one_or_none()
        if found is None:
            _fail("NoResultFound", "No row was found when one was required")
        return found

    def get(self, key: Any) -> Any:
        """The row of a key: the id of a DAG, a variable's key, a connection's id."""
        return self.filter(Condition(getattr(self._model, fetch.key_of(self._model)), "==", key)).first()

    def scalar(self) -> Any:
        """The first value of the one row, None without rows."""
        found = self.one_or_none()
        return found[0] if isinstance(found, tuple) else found

    def scalars(self) -> Query:
        """The query; for `scalars().all()`."""
        return self

    def count(self) -> int:
        """How many fit."""
        return len(self.all())

    def exists(self) -> bool:
        """Whether something fits."""
        return self.first() is not None

    def delete(self, synchronize_session: Any = None, **_: Any) -> int:
        """Delete what fits; how many. Only XComs, variables and connections can be deleted by a task."""
        rows = self.all()
        fetch.check_deletable(self._model)
        for row in rows:
            fetch.delete(row)
        return len(rows)

    def update(self, values: Any, synchronize_session: Any = None, **_: Any) -> int:
        """Change what fits; how many. Only `is_paused` of DAGs can be changed by a task."""
        changes = {str(getattr(key, "name", key)): value for key, value in dict(values).items()}
        rows = self.all()
        for row in rows:
            for name, value in changes.items():
                fetch.change(row, name, value)
        return len(rows)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.all())

    def __getitem__(self, index: Any) -> Any:
        return self.all()[index]


def _model_of(entity: Any) -> Any:
    if isinstance(entity, type):
        return entity
    if isinstance(entity, (Column, Order)):
        return _model_of(entity.column) if isinstance(entity, Order) else entity.model
    if isinstance(entity, Function):
        return None if entity.column is None else _model_of(entity.column)
    return None


def _value(entity: Any, row: Any) -> Any:
    return row if isinstance(entity, type) else getattr(row, entity.name)


def _fail(name: str, text: str) -> NoReturn:
    """SQLAlchemy's error where the code knows SQLAlchemy, ours elsewhere."""
    kind = getattr(sys.modules.get("sqlalchemy.exc"), name, None)
    raise (kind or UserError)(text)
