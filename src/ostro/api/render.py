"""Models to answers. One place turns a response model into bytes, once: FastAPI's second validation is not needed."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from types import UnionType
from typing import Any, TypeVar

import msgspec
from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import Response

JSON = "application/json"
#: Makes zlib write and read the format of gzip.
_GZIP = 31

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


def large(request: Request, value: Any) -> Response:
    """The same for what may be large: compressed when the caller can read that."""
    return compressed(request, squeezed(_encoder.encode(value)))


def squeezed(body: bytes) -> bytes:
    """Bytes for `compressed`."""
    # The first level: a megabyte takes a hundredth of a second, and higher levels save little of such data.
    return zlib.compress(body, 1, wbits=_GZIP)


def compressed(request: Request, body: bytes) -> Response:
    """An answer whose JSON is already compressed."""
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(zlib.decompress(body, wbits=_GZIP), media_type=JSON)
    return Response(body, media_type=JSON, headers={"Content-Encoding": "gzip", "Vary": "Accept-Encoding"})


def nothing() -> Response:
    """204."""
    return Response(status_code=204)


def gives(model: type[BaseModel] | UnionType) -> Callable[[_F], _F]:
    """Mark a handler with the model it answers with (one of several), for the OpenAPI description."""

    def mark(handler: _F) -> _F:
        handler.__answers__ = model  # type: ignore[attr-defined]
        return handler

    return mark
