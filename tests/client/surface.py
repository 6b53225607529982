"""What an OpenAPI document promises, as names and types only: operations, parameters, body and answer fields, status codes.

`python tests/client/surface.py DOCUMENT > tests/client/airflow_3_3_2.json` makes the data file from the document that is in
the wheel of apache-airflow-core (`airflow/api_fastapi/core_api/openapi/v2-rest-api-generated.yaml`).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

PREFIX = "/api/v2"
METHODS = ("get", "post", "put", "patch", "delete")
#: Formats that are part of a type here.
FORMATS = frozenset({"date-time", "date"})


class Document:
    """An OpenAPI document, asked for its facts."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._paths: dict[str, Any] = document["paths"]
        self._schemas: dict[str, Any] = document["components"]["schemas"]
        self._met: dict[str, dict[str, str]] = {}

    def facts(self) -> dict[str, Any]:
        """{"operations": {"GET /dags": …}, "schemas": {name: {field: type}}}; a required field's type ends with "!"."""
        operations = {
            f"{method.upper()} {path.removeprefix(PREFIX)}": self._operation(path_item[method])
            for path, path_item in self._paths.items()
            if path.startswith(PREFIX)
            for method in METHODS
            if method in path_item
        }
        return {
            "operations": dict(sorted(operations.items())),
            "schemas": dict(sorted(self._met.items())),
        }

    def _operation(self, operation: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {
            place: {
                p["name"]: self._type(p["schema"]) + ("!" if p.get("required") else "")
                for p in sorted(operation.get("parameters", ()), key=lambda p: str(p["name"]))
                if p["in"] == place
            }
            for place in ("path", "query", "header")
        }
        body = operation.get("requestBody")
        if body is not None:
            found["body"] = self._content(body)
        found["answers"] = {
            code: self._content(answer) if code.startswith("2") else ""
            for code, answer in sorted(operation["responses"].items())
        }
        return {key: value for key, value in found.items() if value}

    def _content(self, holder: dict[str, Any]) -> str:
        content = holder.get("content", {}).get("application/json")
        return "" if content is None else self._type(content.get("schema", {}))

    def _type(self, schema: Any) -> str:
        if "$ref" in schema:
            return self._named(schema["$ref"].rsplit("/", 1)[1])
        for word in ("anyOf", "oneOf", "allOf"):
            if word in schema:
                return "|".join(sorted({self._type(s) for s in schema[word]}))
        kind = schema.get("type")
        if kind is None:
            if "const" in schema or "enum" in schema:
                return "string"
            return "any"
        if kind == "array":
            if "prefixItems" in schema:
                return "[" + ",".join(self._type(s) for s in schema["prefixItems"]) + "]"
            return f"[{self._type(schema.get('items', {}))}]"
        if kind == "object":
            if "properties" in schema:
                return json.dumps(self._fields(schema), sort_keys=True)
            inner = schema.get("additionalProperties")
            return f"{{{self._type(inner)}}}" if isinstance(inner, dict) and inner else "{}"
        if kind == "string" and schema.get("format") in FORMATS:
            return str(schema["format"])
        return str(kind)

    def _named(self, name: str) -> str:
        schema = self._schemas[name]
        if "properties" not in schema:
            return self._type(schema)
        if name not in self._met:
            self._met[name] = {}
            self._met[name] = self._fields(schema)
        return name

    def _fields(self, schema: dict[str, Any]) -> dict[str, str]:
        required = schema.get("required", ())
        return {
            name: self._type(field) + ("!" if name in required else "")
            for name, field in sorted(schema["properties"].items())
        }


def load() -> dict[str, Any]:
    """The facts of Airflow 3.3.2."""
    found: dict[str, Any] = json.loads((Path(__file__).parent / "airflow_3_3_2.json").read_text())
    return found


def main() -> None:
    import yaml

    document = yaml.safe_load(Path(sys.argv[1]).read_text())
    json.dump(Document(document).facts(), sys.stdout, indent=0, separators=(",", ":"))
    print()


if __name__ == "__main__":
    main()
