"""Models to answers. One place turns a response model into bytes, once: FastAPI's second validation is not needed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

JSON = "application/json"

_F = TypeVar("_F", bound=Callable[..., Any])
_encoder = msgspec.json.Encoder()


class Answer(BaseModel):
    """Base of response models: built when first used, so that the process starts fast."""

    model_config = ConfigDict(defer_build=True, populate_by_name=True)


class Body(BaseModel):
    """Base of request models: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


def answer(model: BaseModel, status: int = 200) -> Response:
    """A public answer: Airflow's schema, all fields, nulls included."""
    return Response(model.model_dump_json(by_alias=True), status_code=status, media_type=JSON)


def data(value: Any, status: int = 200) -> Response:
    """An answer of the page's own API: structs, dicts and lists."""
    return Response(_encoder.encode(value), status_code=status, media_type=JSON)


def nothing() -> Response:
    """204."""
    return Response(status_code=204)


def gives(model: type[BaseModel]) -> Callable[[_F], _F]:
    """Mark a handler with the model it answers with, for the OpenAPI description."""

    def mark(handler: _F) -> _F:
        handler.__answers__ = model  # type: ignore[attr-defined]
        return handler

    return mark
