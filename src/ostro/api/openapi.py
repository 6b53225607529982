"""The OpenAPI description, made when it is asked for the first time, never at start."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel, TypeAdapter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ostro.api.auth.needs import for_signed_in
from ostro.api.routing import guarded

router = guarded("", described=False)


@router.get("/openapi.json", response_model=None)
@for_signed_in
def openapi(request: Request) -> Response:
    """The description of the public API."""
    app: FastAPI = request.app
    if app.openapi_schema is None:
        app.openapi_schema = describe(app)
    return JSONResponse(app.openapi_schema)


def describe(app: FastAPI) -> dict[str, Any]:
    """FastAPI's own description, with the answers that handlers are marked with (`render.gives`)."""
    from fastapi.openapi.utils import get_openapi

    found: dict[str, Any] = get_openapi(
        title=app.title, version=app.version, routes=[r for r in app.routes if _is_public(r)]
    )
    schemas: dict[str, Any] = found.setdefault("components", {}).setdefault("schemas", {})
    for route in app.routes:
        handler = getattr(route, "endpoint", None)
        model = getattr(handler, "__answers__", None)
        path = found["paths"].get(getattr(route, "path_format", ""))
        if model is None or path is None:
            continue
        for method in getattr(route, "methods", ()):
            operation = path.get(method.lower())
            if operation is not None:
                _describe_answer(operation, model, schemas)
    return found


def _describe_answer(operation: dict[str, Any], model: type[BaseModel], schemas: dict[str, Any]) -> None:
    schema = TypeAdapter(model).json_schema(ref_template="#/components/schemas/{model}", mode="serialization")
    schemas.update(schema.pop("$defs", {}))
    schemas[model.__name__] = schema
    for code, answer in operation["responses"].items():
        if code.startswith("2"):
            answer["content"] = {
                "application/json": {"schema": {"$ref": f"#/components/schemas/{model.__name__}"}}
            }


def _is_public(route: Any) -> bool:
    return str(getattr(route, "path", "")).startswith(("/api/v2", "/auth"))
