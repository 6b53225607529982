"""About a hundred parameters of all shapes that schemas have, for one form: what they begin with, and what is put in."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from playwright.sync_api import Locator

Json = Any
#: Schema, the input that it gets, and values that it allows.
SHAPES: tuple[tuple[dict[str, Json], str, list[Json]], ...] = (
    ({"type": "string"}, "text", ["a", " padded ", "é한글🙂", "null", "12", "{{ ds }}", "<b>"]),
    ({"type": "string", "minLength": 1, "maxLength": 5}, "text", ["a", "🙂🙂🙂🙂🙂"]),
    ({"type": "string", "pattern": "^[a-z]+$"}, "text", ["abc", "x"]),
    ({"type": "string", "format": "multiline"}, "text", ["one\ntwo", "x", "  x\n\n"]),
    ({"type": "string", "format": "date"}, "text", ["2026-01-31", "2024-02-29"]),
    ({"type": "string", "format": "time"}, "text", ["08:30:00", "23:59:59"]),
    (
        {"type": "string", "format": "date-time"},
        "moment",
        ["2026-01-31T08:00:00.000Z", "2026-07-01T00:00:00.000Z", "1999-12-31T23:59:59.000Z"],
    ),
    ({"type": "string", "enum": ["a", "b", "c"]}, "choice", ["a", "b", "c"]),
    ({"type": "string", "examples": ["x", "y"]}, "text", ["x", "of one's own"]),
    ({"type": ["null", "string"]}, "text", [None, "a"]),
    ({"type": ["string", "null"], "format": "date-time"}, "moment", [None, "2026-01-31T08:00:00.000Z"]),
    ({"type": ["string", "null"], "format": "date"}, "text", [None, "2026-01-31"]),
    ({"type": "integer"}, "text", [0, -5, 9007199254740991]),
    ({"type": "integer", "minimum": 1, "maximum": 10}, "text", [1, 10]),
    ({"type": "integer", "exclusiveMinimum": 0, "exclusiveMaximum": 3}, "text", [1, 2]),
    ({"type": "number"}, "text", [0, 1.5, -0.25, 1e-7]),
    ({"type": "number", "multipleOf": 0.5}, "text", [0.5, 7]),
    ({"type": ["integer", "number"]}, "text", [1, 1.5]),
    ({"type": ["null", "integer"]}, "text", [None, 3]),
    ({"type": ["number", "null"], "minimum": 0}, "text", [None, 0.5]),
    ({"type": "boolean"}, "check", [True, False]),
    ({"type": ["boolean", "null"]}, "choice", [True, False, None]),
    ({"enum": [1, "1", True, None, {"a": 1}]}, "choice", [1, "1", True, None, {"a": 1}]),
    ({"type": "array", "items": {"type": "string"}}, "lines", [[], ["a"], ["a", "b c"]]),
    ({"type": "array"}, "json", [[1, 2], [{"a": []}], [[]]]),
    ({"type": "array", "items": {"type": "number"}}, "json", [[], [1, 2.5]]),
    ({"type": "array", "items": {"type": "object"}}, "json", [[], [{"a": 1}]]),
    (
        {"type": "array", "items": {"type": "string", "enum": ["a", "b"]}},
        "multi",
        [[], ["a"], ["a", "b"]],
    ),
    ({"type": "array", "examples": ["x", "y", "z"]}, "multi", [[], ["x", "z"], ["y"]]),
    ({"type": ["array", "null"], "items": {"type": "string"}}, "lines", [None, ["a"]]),
    (
        {"type": "array", "minItems": 1, "maxItems": 2, "uniqueItems": True, "items": {"type": "string"}},
        "lines",
        [["a"], ["a", "b"]],
    ),
    ({"type": "object"}, "json", [{}, {"a": {"b": [1, None, "x"]}}, {"<b>": "=1"}]),
    ({"type": ["object", "null"]}, "json", [None, {"a": 1}]),
    ({"type": ["string", "integer"]}, "json", ["12", 12, ""]),
    ({"type": ["string", "array"]}, "json", ["a", ["a"]]),
    ({"title": "A title", "type": "string", "description": "says what it is"}, "text", ["a", "b"]),
    ({"type": "string", "section": "Apart"}, "text", ["a", "b", "c"]),
    ({"type": "string", "const": "fixed"}, "none", ["fixed"]),
)


class Case(NamedTuple):
    """One parameter: what it begins with, and what is put into its input."""

    name: str
    schema: dict[str, Json]
    kind: str
    default: Json
    value: Json


def _cases() -> list[Case]:
    found = []
    for schema, kind, values in SHAPES:
        for n, default in enumerate(values):
            name = f"p{len(found):03}"
            # A title stands in the form instead of the name, which the test looks for.
            own = {**schema, "title": f"{schema['title']} {name}"} if "title" in schema else schema
            found.append(Case(name, own, kind, default, values[(n + 1) % len(values)]))
    return found


CASES = _cases()

FILE = f"""
from datetime import datetime

from airflow.sdk import DAG, Param, task

CASES = {[(case.name, case.schema, case.default) for case in CASES]!r}

with DAG(
    "corpus",
    schedule=None,
    start_date=datetime(2026, 1, 1),
    params={{name: Param(default, **schema) for name, schema, default in CASES}},
):

    @task
    def show(params: dict | None = None) -> dict:
        return dict(params)

    show()
"""


def put_in(dialog: Locator, case: Case) -> None:
    """Give a parameter its value by its input, as a person does; moments by the clock of UTC."""
    label, value = case.schema.get("title", case.name), case.value
    if case.kind == "none":
        return
    if case.kind == "multi":
        for box in dialog.get_by_role("group", name=label, exact=True).get_by_role("checkbox").all():
            wanted = box.evaluate("box => box.parentElement.textContent.trim()") in value
            box.set_checked(wanted)
        return
    field = dialog.get_by_label(label, exact=True)
    if case.kind == "check":
        field.set_checked(value)
    elif case.kind == "choice":
        options = case.schema.get("enum", [None, True, False])
        place = [json.dumps(one) for one in options].index(json.dumps(value))
        field.select_option(index=place)
    else:
        field.fill(_typed(case.kind, value))


def _typed(kind: str, value: Json) -> str:
    if value is None:
        return ""
    if kind == "lines":
        return "\n".join(value)
    if kind == "json":
        return json.dumps(value)
    return str(value).removesuffix(".000Z") if kind == "moment" else str(value)
