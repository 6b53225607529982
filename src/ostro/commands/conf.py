"""The conf of a run against the params of its DAG."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec

from ostro.errors import BadRequest
from ostro.spec import DagSpec

if TYPE_CHECKING:
    from jsonschema import FormatChecker


def check_conf(spec: DagSpec, conf: Mapping[str, Any]) -> None:
    """Raise BadRequest when a param has no value, or one that its schema does not allow.

    A key of conf that is no param is allowed: tasks see it too.
    """
    for param in spec.params:
        value = conf.get(param.name, param.value) if param.name in conf else param.value
        if value is msgspec.UNSET:
            raise BadRequest(
                f"Invalid input for param {param.name}: it has no default, so a value must be given"
            )
        check_value(param.name, value, param.schema)


def check_value(name: str, value: Any, schema: dict[str, Any]) -> None:
    """Raise BadRequest for a value that a param's schema does not allow."""
    if schema and (problem := _problem(value, schema)):
        raise BadRequest(f"Invalid input for param {name}: {problem}")


def _problem(value: Any, schema: dict[str, Any]) -> str | None:
    # Imported at the first schema: 2.5 MB of engine and web server that most installations never need.
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError, best_match
    from jsonschema.validators import validator_for

    validator = validator_for(schema, default=Draft202012Validator)
    try:
        validator.check_schema(schema)
    except SchemaError as error:
        return f"the param's JSON schema is wrong: {error.message}"
    found = best_match(validator(schema, format_checker=_formats()).iter_errors(value))
    return None if found is None else found.message


@cache
def _formats() -> FormatChecker:
    from jsonschema import FormatChecker

    formats = FormatChecker()

    @formats.checks("date-time", raises=ValueError)
    def is_moment(value: object) -> bool:
        """RFC 3339: a date, a time and an offset. (jsonschema itself checks it only with a further library.)"""
        if not isinstance(value, str):
            return True
        return len(value) > len("2024-01-01") and datetime.fromisoformat(value).tzinfo is not None

    return formats
