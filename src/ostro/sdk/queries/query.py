"""`session.query(…)`: built as of SQLAlchemy, answered by the engine."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

from ostro.errors import UserError
from ostro.sdk.queries import fetch
from ostro.sdk.queries.columns import And, Column, Condition, Distinct, Function, Order, understand
from ostro.sdk.queries.row import Row

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
_TEXTS = ("_textual_label_reference", "TextClause")


class Query:
    """A query of one model, its columns, or functions of them. Each method gives a new query."""

    def __init__(self, *entities: Any, note: Callable[[Any], None] = lambda row: None) -> None:
        self._note = note
        found = [e if isinstance(e, (type, Exists)) else understand(e) for e in entities]
        self._entities: list[Any] = [e.column if isinstance(e, Distinct) else e for e in found]
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
        self._distinct = any(isinstance(e, Distinct) for e in found)
        self._groups: list[Any] = []

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
        found = [self._labelled(c) or understand(c, self._model) for c in columns if c is not None]
        return self._with(_order=[*self._order, *found])

    def _labelled(self, given: Any) -> Order | None:
        """What a text names, when it is the label of something that is asked for."""
        words = str(given).split() if type(given).__name__ in ("str", *_TEXTS, "UnaryExpression") else []
        for entity in self._entities:
            if words and not isinstance(entity, type) and words[0] == getattr(entity, "label_name", None):
                return Order(entity, descending=words[-1].upper() == "DESC")
        return None

    def group_by(self, *columns: Any) -> Query:
        """One row for each set of equal values."""
        return self._with(_groups=[*self._groups, *(understand(c, self._model) for c in columns)])

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
        model = self._model or next(filter(None, map(_model_of, self._conditions)), None)
        if model is None:
            raise UserError("a query needs a model or a column: session.query(DagRun)")
        rows = fetch.rows(model, self._conditions)
        return [row for row in rows if all(c.holds(row) for c in self._conditions)]

    def _sets(self) -> list[list[Any]]:
        """What each row of the answer is made of, in order: one instance, or all that are equal in `group_by`."""
        found = self._rows()
        if self._groups:
            by_values: dict[Any, list[Any]] = {}
            for row in found:
                by_values.setdefault(tuple(g.value_of(row) for g in self._groups), []).append(row)
            sets = list(by_values.values())
        elif any(isinstance(e, Function) for e in self._entities):
            return [found]
        else:
            sets = [[row] for row in found]
        for one in reversed(self._order):
            order = one if isinstance(one, Order) else Order(one, descending=False)
            keyed = [(_judged(order.column, rows), rows) for rows in sets]
            known = [pair for pair in keyed if pair[0] is not None]
            known.sort(key=lambda pair: pair[0], reverse=order.descending)
            sets = [rows for _, rows in known] + [rows for key, rows in keyed if key is None]
        return sets

    def rows(self) -> list[Any]:
        """What fits, each as a row of what was asked for."""
        asked = [e for e in self._entities if isinstance(e, Exists)]
        if asked:
            return [Row([bool(e) for e in asked], ["exists"] * len(asked))]
        names = [getattr(e, "label_name", None) or e.__name__ for e in self._entities]
        found = [Row([_value(e, rows) for e in self._entities], names) for rows in self._sets()]
        if self._distinct:
            found = list(dict.fromkeys(found))
        found = found[self._offset : None if self._limit is None else self._offset + self._limit]
        for row in found:
            for value in row:
                self._note(value)
        return found

    def all(self) -> list[Any]:
        """What fits."""
        if len(self._entities) == 1 and isinstance(self._entities[0], type):
            return [row[0] for row in self.rows()]
        return self.rows()

    def first(self) -> Any:
        """The first that fits, None when nothing does."""
        return next(iter(self.limit(1).all()), None)

    def one_or_none(self) -> Any:
        """The one that fits, None when nothing does. Raises MultipleResultsFound."""
        return one_or_none_of(self.all())

    def one(self) -> Any:
        """The one that fits. Raises NoResultFound and MultipleResultsFound."""
        return one_of(self.all())

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

    def exists(self) -> Exists:
        """Whether something fits; also `session.query(query.exists()).scalar()`."""
        return Exists(self)

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


class Exists:
    """Whether a query finds something: asked when it is used as a truth value."""

    def __init__(self, query: Query) -> None:
        self._query = query

    def __bool__(self) -> bool:
        return self._query.first() is not None


def one_or_none_of(found: list[Any]) -> Any:
    """The only one, None when there is none. Raises MultipleResultsFound."""
    if len(found) > 1:
        _fail("MultipleResultsFound", "Multiple rows were found when one or none was required")
    return found[0] if found else None


def one_of(found: list[Any]) -> Any:
    """The only one. Raises NoResultFound and MultipleResultsFound."""
    if not found:
        _fail("NoResultFound", "No row was found when one was required")
    return one_or_none_of(found)


def _model_of(entity: Any) -> Any:
    if isinstance(entity, type):
        return entity
    if isinstance(entity, Column):
        return entity.model
    if isinstance(entity, And):
        return next(filter(None, map(_model_of, entity.parts)), None)
    column = getattr(entity, "column", None)
    return None if column is None else _model_of(column)


def _value(entity: Any, rows: list[Any]) -> Any:
    """Of instances that make one row of an answer."""
    if isinstance(entity, Function):
        return entity.of(rows)
    if not rows:
        return None
    if isinstance(entity, type):
        return rows[0]
    return getattr(rows[0], entity.name) if isinstance(entity, Column) else entity.value_of(rows[0])


def _judged(entity: Any, rows: list[Any]) -> Any:
    """What a row of the answer is sorted by."""
    return entity.of(rows) if isinstance(entity, Function) else entity.value_of(rows[0])


def _fail(name: str, text: str) -> NoReturn:
    """SQLAlchemy's error where the code knows SQLAlchemy, ours elsewhere."""
    kind = getattr(sys.modules.get("sqlalchemy.exc"), name, None)
    raise (kind or UserError)(text)
