"""Query parameters of lists: parsed here instead of declared one by one, because a list of Airflow takes up to sixty.

A value that cannot be used is answered as FastAPI does: 422 with the place, the value and a sentence.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel
from starlette.requests import Request

from ostro.api.deps import ApiConfig
from ostro.api.failures import BadParameter
from ostro.store.views.filters import Condition, Matches, OneOf, Page, StartsWith, Within
from ostro.timetable.zones import from_wall

_TRUE = frozenset({"1", "true", "on", "t", "y", "yes"})
_FALSE = frozenset({"0", "false", "off", "f", "n", "no"})


class Query:
    """The query parameters of one request, with typed access. Unknown ones are ignored, as by Airflow."""

    def __init__(self, request: Request, config: ApiConfig) -> None:
        self._params = request.query_params
        self._config = config

    # ---- single values ---------------------------------------------------------------------------------------

    def text(self, name: str) -> str | None:
        """The value, None when absent."""
        return self._params.get(name)

    def texts(self, name: str) -> tuple[str, ...]:
        """All values of a repeated parameter."""
        return tuple(self._params.getlist(name))

    def integer(self, name: str, *, minimum: int | None = None) -> int | None:
        """A whole number, None when absent."""
        raw = self._params.get(name)
        if raw is None:
            return None
        try:
            value = int(raw)
        except ValueError:
            text = "Input should be a valid integer, unable to parse string as an integer"
            raise BadParameter(name, raw, text, kind="int_parsing") from None
        if minimum is not None and value < minimum:
            text = f"Input should be greater than or equal to {minimum}"
            raise BadParameter(name, raw, text, kind="greater_than_equal")
        return value

    def boolean(self, name: str) -> bool | None:
        """True or false, None when absent."""
        raw = self._params.get(name)
        if raw is None:
            return None
        if raw.lower() in _TRUE:
            return True
        if raw.lower() in _FALSE:
            return False
        text = "Input should be a valid boolean, unable to interpret input"
        raise BadParameter(name, raw, text, kind="bool_parsing")

    def moment(self, name: str) -> datetime | None:
        """A moment with time zone (none given: [core] default_timezone, as Airflow), None when absent."""
        raw = self._params.get(name)
        if not raw:
            return None
        try:
            # A "+" that was not escaped arrives as a blank.
            value = datetime.fromisoformat(raw.replace(" ", "+") if "T" in raw else raw)
            if value.tzinfo is None:
                value = from_wall(value, ZoneInfo(self._config.default_timezone))
        except (ValueError, OverflowError):
            text = "Input should be a valid datetime or date"
            raise BadParameter(name, raw, text, kind="datetime_from_date_parsing") from None
        return value

    def number(self, name: str) -> float | None:
        """A number, None when absent."""
        raw = self._params.get(name)
        if raw is None:
            return None
        try:
            return float(raw)
        except ValueError:
            text = "Input should be a valid number, unable to parse string as a number"
            raise BadParameter(name, raw, text, kind="float_parsing") from None

    # ---- lists -------------------------------------------------------------------------------------------------

    def page(self, *default_order: str) -> Page:
        """limit, offset and order_by. A limit over the maximum is lowered to it, 0 means the default."""
        limit = self.integer("limit", minimum=0)
        order = tuple(name for name in self.texts("order_by") if name)
        return Page(
            limit=page_limit(limit, self._config),
            offset=self.integer("offset", minimum=0) or 0,
            order_by=order or default_order,
        )

    def one_of(self, *names: str, columns: dict[str, str] | None = None) -> list[Condition]:
        """Conditions on repeated parameters, on a column of the same or given name."""
        found: list[Condition] = []
        for name in names:
            values = self.texts(name)
            if values:
                found.append(OneOf((columns or {}).get(name, name), values))
        return found

    def integers(self, name: str, *, column: str | None = None) -> list[Condition]:
        """The condition on a repeated whole number, on a column of the same or given name."""
        raw = self.texts(name)
        try:
            return [OneOf(column or name, tuple(int(v) for v in raw))] if raw else []
        except ValueError:
            text = "Input should be a valid integer, unable to parse string as an integer"
            raise BadParameter(name, raw, text, kind="int_parsing") from None

    def moments(self, *names: str) -> list[Condition]:
        """Conditions on moments: name_gte, name_gt, name_lte, name_lt."""
        return self._ranges(names, self.moment)

    def numbers(self, *names: str) -> list[Condition]:
        """Conditions on numbers: name_gte, name_gt, name_lte, name_lt."""
        return self._ranges(names, self.number)

    def patterns(self, *names: str, columns: dict[str, str] | None = None) -> list[Condition]:
        """Conditions name_pattern (contains) and name_prefix_pattern (begins with) on a column of the same or given name."""
        found: list[Condition] = []
        for name in names:
            column = (columns or {}).get(name, name)
            pattern = self.text(f"{name}_pattern")
            if pattern:
                found.append(Matches(column, pattern))
            prefix = self.text(f"{name}_prefix_pattern")
            if prefix:
                found.append(StartsWith(column, prefix))
        return found

    def _ranges(self, names: tuple[str, ...], read: Any) -> list[Condition]:
        found: list[Condition] = []
        for name in names:
            bounds = {b: read(f"{name}_{b}") for b in ("gte", "gt", "lte", "lt")}
            if any(v is not None for v in bounds.values()):
                found.append(Within(column=name, **bounds))
        return found


def page_limit(asked: int | None, config: ApiConfig) -> int:
    """The number of entries to answer with."""
    return min(asked or config.page_size, config.max_page_size)


def batch_conditions(body: BaseModel, *, lists: dict[str, str], ranges: tuple[str, ...]) -> list[Condition]:
    """Conditions of a request whose filters are in its body. `lists`: field to column."""
    found: list[Condition] = []
    for field, column in lists.items():
        values = getattr(body, field)
        if values:
            found.append(OneOf(column, tuple(values)))
    for name in ranges:
        bounds = {b: getattr(body, f"{name}_{b}") for b in ("gte", "gt", "lte", "lt")}
        if any(v is not None for v in bounds.values()):
            found.append(Within(column=name, **bounds))
    return found


def batch_page(body: Any, config: ApiConfig) -> Page:
    """The page of a request whose filters are in its body."""
    return Page(
        limit=page_limit(body.page_limit, config),
        offset=body.page_offset,
        order_by=(body.order_by,) if body.order_by else ("id",),
    )
