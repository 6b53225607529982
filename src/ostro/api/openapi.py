"""The OpenAPI description, made when it is asked for the first time, never at start."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel, TypeAdapter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ostro.api.auth.needs import declared, for_signed_in
from ostro.api.public import parameters
from ostro.api.routing import guarded

router = guarded("", described=False)

#: What a refusal says, and what FastAPI says of a body or parameter that does not fit.
SCHEMAS: dict[str, Any] = {
    "HTTPExceptionResponse": {
        "type": "object",
        "properties": {"detail": {"anyOf": [{"type": "string"}, {"type": "object"}]}},
        "required": ["detail"],
    },
    "ValidationProblem": {
        "type": "object",
        "properties": {
            "detail": {
                "anyOf": [
                    {"type": "string"},
                    {"type": "array", "items": {"$ref": "#/components/schemas/ValidationError"}},
                ]
            }
        },
        "required": ["detail"],
    },
}
REFUSALS = {
    "400": "The request cannot be carried out as it is",
    "401": "Nobody is signed in",
    "403": "The person may not do this",
    "404": "Something that the request names does not exist",
    "406": "None of the media types that the request accepts is available",
    "409": "The request does not fit the present state",
    "422": "A parameter or a field of the body cannot be used",
    "429": "Too many tries",
    "503": "The database or the process that would be asked does not answer now",
}


@router.get("/openapi.json", response_model=None)
@for_signed_in
def openapi(request: Request) -> Response:
    """The description of the public API."""
    app: FastAPI = request.app
    if app.openapi_schema is None:
        app.openapi_schema = describe(app)
    return JSONResponse(app.openapi_schema)


def describe(app: FastAPI) -> dict[str, Any]:
    """FastAPI's own description, with what handlers answer (`render.gives`), take (`parameters`) and refuse."""
    from fastapi.openapi.utils import get_openapi

    routes = [r for r in app.routes if _is_public(r)]
    found: dict[str, Any] = get_openapi(title=app.title, version=app.version, routes=routes)
    components: dict[str, Any] = found.setdefault("components", {})
    schemas: dict[str, Any] = components.setdefault("schemas", {})
    for route in routes:
        handler = getattr(route, "endpoint", None)
        path = found["paths"].get(getattr(route, "path_format", ""))
        for method in getattr(route, "methods", ()):
            operation = None if path is None else path.get(method.lower())
            if operation is not None:
                _describe(operation, method, handler, schemas)
    schemas.update(SCHEMAS)
    components["securitySchemes"] = {
        "HTTPBearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    }
    found["security"] = [{"HTTPBearer": []}]
    return found


def _describe(operation: dict[str, Any], method: str, handler: Any, schemas: dict[str, Any]) -> None:
    operation["operationId"] = handler.__name__
    taken = parameters.of_handler(handler.__name__)
    if taken:
        operation["parameters"] = [*operation.get("parameters", ()), *taken]
    model = getattr(handler, "__answers__", None)
    if model is not None:
        _describe_answer(operation, model, schemas)
    if handler.__name__ in ("go_to_login", "go_to_logout"):
        operation["responses"]["307"] = {"description": "The address to go to"}
    said = declared(handler)
    is_open = said is not None and said.who == "everybody"
    if is_open:
        operation["security"] = []
    for status in sorted(_refusals(operation, method, is_open)):
        name = "ValidationProblem" if status == "422" else "HTTPExceptionResponse"
        operation["responses"][status] = {
            "description": REFUSALS[status],
            "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}},
        }


def _refusals(operation: dict[str, Any], method: str, is_open: bool) -> set[str]:
    """The statuses that may be met besides success."""
    found = set() if is_open else {"401", "403"}
    if operation.get("parameters") or "requestBody" in operation:
        found |= {"400", "404", "422", "503"}
    if method != "GET":
        found |= {"400", "409", "503"}
    if any(p["in"] == "header" and p["name"] == "accept" for p in operation.get("parameters", ())):
        found.add("406")
    return found


def _describe_answer(operation: dict[str, Any], model: Any, schemas: dict[str, Any]) -> None:
    """`model`: a response model, or a union of several."""
    template = "#/components/schemas/{model}"
    schema = TypeAdapter(model).json_schema(ref_template=template, mode="serialization", by_alias=True)
    schemas.update(schema.pop("$defs", {}))
    if isinstance(model, type) and issubclass(model, BaseModel):
        if "$ref" not in schema:
            schemas[model.__name__] = schema
        schema = {"$ref": template.format(model=model.__name__)}
    for code, answer in operation["responses"].items():
        if code.startswith("2"):
            answer["content"] = {"application/json": {"schema": schema}}


def _is_public(route: Any) -> bool:
    return str(getattr(route, "path", "")).startswith(("/api/v2", "/auth")) and route.include_in_schema
