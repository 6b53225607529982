"""Columns of models, and what 2.x code builds of them: conditions, order, functions.

Conditions are judged on instances, so that every condition works and those that the engine knows are fast.
"""

from __future__ import annotations

import copy
import datetime as dt
import enum
import fnmatch
import operator
import re
import sys
from collections.abc import Callable, Iterable
from typing import Any

from ostro.errors import UserError
from ostro.sdk.timezone import coerce_datetime, parse

#: Key under which an expression of ours travels inside one of SQLAlchemy.
_MARK = "ostro_expression"


class Expression:
    """Base of all that a query is built of."""

    #: What a row calls the value.
    label_name = ""

    def __clause_element__(self) -> Any:
        """For `or_(…)`, `func.max(…)` and the like of SQLAlchemy: a stand-in that `understand` turns back."""
        sa: Any = sys.modules["sqlalchemy"]
        return sa.column("ostro")._annotate({_MARK: self})

    def label(self, name: str) -> Any:
        """The same by another name in rows."""
        other = copy.copy(self)
        other.label_name = name
        return other

    def value_of(self, row: Any) -> Any:
        """The value for one instance."""
        raise NotImplementedError


class Column(Expression):
    """A column of a model."""

    def __init__(self, model: Any, name: str) -> None:
        self.model = model
        self.name = self.label_name = name

    @property
    def key(self) -> str:
        """The name."""
        return self.name

    def value_of(self, row: Any) -> Any:
        return plain(getattr(row, self.name))

    def holds(self, row: Any) -> bool:
        """Whether a column of truth values is true."""
        return bool(self.value_of(row))

    def __eq__(self, other: object) -> Any:
        return Condition(self, "==", other)

    def __ne__(self, other: object) -> Any:
        return Condition(self, "!=", other)

    def __lt__(self, other: Any) -> Condition:
        return Condition(self, "<", other)

    def __le__(self, other: Any) -> Condition:
        return Condition(self, "<=", other)

    def __gt__(self, other: Any) -> Condition:
        return Condition(self, ">", other)

    def __ge__(self, other: Any) -> Condition:
        return Condition(self, ">=", other)

    def __hash__(self) -> int:
        return hash((id(self.model), self.name))

    def __invert__(self) -> Condition:
        return Condition(self, "==", False)

    def in_(self, values: Iterable[Any]) -> Condition:
        """One of the values."""
        return Condition(self, "in", _listed(values))

    def notin_(self, values: Iterable[Any]) -> Condition:
        """None of the values."""
        return Condition(self, "not in", _listed(values))

    not_in = notin_

    def is_(self, value: Any) -> Condition:
        """IS NULL and the like."""
        return Condition(self, "==", value)

    def isnot(self, value: Any) -> Condition:
        """IS NOT NULL and the like."""
        return Condition(self, "!=", value)

    is_not = isnot

    def between(self, low: Any, high: Any) -> And:
        """From one value to another, both included."""
        return And([self >= low, self <= high])

    def like(self, pattern: str, escape: str | None = None) -> Condition:
        """As SQL's LIKE: % is any text, _ any character."""
        return Condition(self, "like", pattern)

    def ilike(self, pattern: str, escape: str | None = None) -> Condition:
        """`like` without regard to case."""
        return Condition(self, "ilike", pattern)

    def startswith(self, text: str, **_: Any) -> Condition:
        """Texts that begin so."""
        return Condition(self, "glob", f"{_globbed(text)}*")

    def endswith(self, text: str, **_: Any) -> Condition:
        """Texts that end so."""
        return Condition(self, "glob", f"*{_globbed(text)}")

    def contains(self, text: str, **_: Any) -> Condition:
        """Texts that hold it."""
        return Condition(self, "glob", f"*{_globbed(text)}*")

    def desc(self) -> Order:
        """Largest first."""
        return Order(self, descending=True)

    def asc(self) -> Order:
        """Smallest first."""
        return Order(self, descending=False)

    def distinct(self) -> Distinct:
        """Each value once."""
        return Distinct(self)

    def __repr__(self) -> str:
        return f"{self.model.__name__}.{self.name}"


class Condition(Expression):
    """A comparison of a column with a value."""

    def __init__(self, column: Column, sign: str, value: Any) -> None:
        if isinstance(value, Column):
            raise UserError(
                f"a query that compares {column!r} with {value!r} is not possible in a task; ask for both and compare in Python"
            )
        self.column = column
        self.sign = sign
        self.value = [plain(v) for v in value] if isinstance(value, list) else plain(value)

    def holds(self, row: Any) -> bool:
        """Whether it is true of an instance; a comparison with NULL is false, as in SQL."""
        found = self.column.value_of(row)
        if self.value is None and self.sign in ("==", "!="):
            return (found is None) == (self.sign == "==")
        if found is None:
            return False
        wanted = self.value
        if isinstance(found, dt.datetime):
            wanted = [_moment(v) for v in wanted] if isinstance(wanted, list) else _moment(wanted)
        return bool(_SIGNS[self.sign](found, wanted))

    def __bool__(self) -> bool:
        """As SQLAlchemy has it: two columns may be compared by Python, a condition as a whole may not."""
        if self.sign in ("==", "!="):
            return self.sign == "!="
        raise TypeError(
            "a condition of a query is no truth value; combine conditions with and_(), or_() or & and |"
        )

    value_of = holds

    def __and__(self, other: Any) -> And:
        return And([self, other])

    def __or__(self, other: Any) -> Or:
        return Or([self, other])

    def __invert__(self) -> Not:
        return Not(self)


class And(Expression):
    """All of the conditions."""

    def __init__(self, parts: Iterable[Any]) -> None:
        self.parts = [understand(part) for part in parts]

    def holds(self, row: Any) -> bool:
        """Whether all are true of an instance."""
        return all(part.holds(row) for part in self.parts)

    value_of = holds
    __and__, __or__, __invert__ = Condition.__and__, Condition.__or__, Condition.__invert__


class Or(And):
    """One of the conditions."""

    def holds(self, row: Any) -> bool:
        """Whether one is true of an instance."""
        return any(part.holds(row) for part in self.parts)

    value_of = holds


class Not(And):
    """Not the condition."""

    def __init__(self, part: Any) -> None:
        super().__init__([part])

    def holds(self, row: Any) -> bool:
        """Whether it is not true of an instance."""
        return not self.parts[0].holds(row)

    value_of = holds


class Order(Expression):
    """A column, and which way."""

    def __init__(self, column: Any, *, descending: bool) -> None:
        self.column = column
        self.descending = descending

    def value_of(self, row: Any) -> Any:
        return self.column.value_of(row)

    def nullslast(self) -> Order:
        """The order; NULL is last anyway."""
        return self

    nulls_last = nullslast


class Distinct(Expression):
    """Each value of a column once: `distinct(column)`, `column.distinct()`."""

    def __init__(self, column: Any) -> None:
        self.column = column
        self.label_name = column.label_name

    def value_of(self, row: Any) -> Any:
        return self.column.value_of(row)


class Function(Expression):
    """`func.max(column)`, `min`, `count`, `sum`, `avg`."""

    def __init__(self, name: str, column: Any) -> None:
        self.name = self.label_name = name
        self.column = column

    def of(self, rows: list[Any]) -> Any:
        """The value for all instances together."""
        if self.name == "count" and (self.column is None or getattr(self.column, "name", "") == "id"):
            return len(rows)
        values = [self.column.value_of(row) for row in rows]
        values = [v for v in values if v is not None]
        if isinstance(self.column, Distinct):
            values = list(dict.fromkeys(values))
        if self.name == "count":
            return len(values)
        if not values:
            return None
        if self.name == "avg":
            return sum(values) / len(values)
        if self.name == "sum":
            return sum(values)
        return max(values) if self.name == "max" else min(values)


# ---- values --------------------------------------------------------------------------------------------------


def plain(value: Any) -> Any:
    """A value as it is compared: enums by their value, moments aware."""
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, dt.datetime):
        return coerce_datetime(value)
    return value


def _moment(value: Any) -> Any:
    """What a moment is compared with: databases take texts and dates too."""
    if isinstance(value, str):
        return parse(value)
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return coerce_datetime(dt.datetime(value.year, value.month, value.day))
    return value


def _listed(values: Any) -> list[Any]:
    if not isinstance(values, Iterable):
        raise UserError("a query inside a query is not possible in a task; ask first, then use the values")
    found = list(values)
    # `query(X.id).filter(…)` gives rows of one value.
    return [v[0] if isinstance(v, tuple) and len(v) == 1 else v for v in found]


def _globbed(text: str) -> str:
    return re.sub(r"([*?\[])", r"[\1]", text)


def _like(text: Any, pattern: str) -> bool:
    parts = re.split(r"([%_])", pattern)
    expression = "".join({"%": ".*", "_": "."}.get(part, re.escape(part)) for part in parts)
    return re.fullmatch(expression, str(text), re.DOTALL) is not None


_SIGNS: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "in": lambda value, values: value in values,
    "not in": lambda value, values: value not in values,
    "like": _like,
    "ilike": lambda value, pattern: _like(str(value).lower(), pattern.lower()),
    "glob": lambda value, pattern: fnmatch.fnmatchcase(str(value), pattern),
}


# ---- expressions of SQLAlchemy -------------------------------------------------------------------------------


class _Namespace:
    """Where SQLAlchemy looks for the columns of `select(Model).filter_by(…)`."""

    def __init__(self, model: Any) -> None:
        self.entity_namespace = model


def stand_in(model: Any) -> Any:
    """A table of SQLAlchemy that stands for a model of ours; `understand` gives the model back."""
    sa: Any = sys.modules["sqlalchemy"]
    return sa.table(model.__name__)._annotate({_MARK: model, "entity_namespace": _Namespace(model)})


def understand(given: Any, model: Any = None) -> Any:
    """An expression of ours, also out of one that SQLAlchemy made of ours. Raises UserError for any other.

    With a model, texts are names of its columns.
    """
    if isinstance(given, Expression):
        return given
    if type(given).__name__ in ("_textual_label_reference", "TextClause"):
        given = getattr(given, "element", None) or given.text
    if isinstance(given, str) and model is not None:
        name, _, way = given.strip().rpartition(".")[2].partition(" ")
        if name in type.__getattribute__(model, "__columns__"):
            return Order(Column(model, name), descending=way.strip().lower() == "desc")
    if given is True:
        return And([])
    marked = getattr(given, "_annotations", {}).get(_MARK)
    if marked is not None:
        return marked
    return _translated(given, model)


def _translated(given: Any, model: Any) -> Any:
    """An expression that SQLAlchemy made of ours. Raises UserError for any other."""
    kind = type(given).__name__
    if kind == "BooleanClauseList":
        parts = [understand(part) for part in given.clauses]
        return Or(parts) if given.operator.__name__ == "or_" else And(parts)
    if kind == "Label":
        return understand(given.element).label(given.name)
    if kind in ("Grouping", "AsBoolean"):
        return understand(given.element)
    if kind == "True_":
        return And([])
    if kind == "UnaryExpression":
        found = _with_operator(given, understand(given.element, model))
        if found is not None:
            return found
    name = str(getattr(given, "name", "")).lower()
    if name in ("count", "max", "min", "sum", "avg") and hasattr(given, "clauses"):
        columns = [c for c in given.clauses if not _is_everything(c)]
        return Function(name, understand(columns[0]) if columns else None)
    raise UserError(
        f"the expression {str(given)!r} ({kind}) is not possible in a query of a task; compare columns of one model with "
        "values, or sort the result out in Python"
    )


def _is_everything(clause: Any) -> bool:
    """Whether it is the * or 1 of `count(*)`."""
    return type(clause).__name__ in ("TextClause", "BindParameter") or getattr(clause, "name", "") == "*"


def _with_operator(given: Any, inner: Any) -> Any:
    """Of one operator before or behind an expression; None for operators that are not known."""
    name = getattr(given.modifier or given.operator, "__name__", "")
    if name in ("desc_op", "asc_op"):
        return Order(inner.column if isinstance(inner, Order) else inner, descending=name == "desc_op")
    if name in ("nulls_last_op", "nulls_first_op"):
        return inner
    if name == "inv":
        return Not(inner)
    return Distinct(inner) if name == "distinct_op" else None
