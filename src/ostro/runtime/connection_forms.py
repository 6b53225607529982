"""`python -m ostro.runtime.connection_forms`: what forms of connections show, as JSON, by what installed providers say.

A list with an object for each type of connection: `connection_type`, `hook_name`, `hook_class_name`, `package`, `default_conn_name`,
`standard_fields` (name to hidden, title, placeholder), `extra_fields` (name to value, description, schema). Providers of
today declare all of it; of older ones the hook's class is imported and asked, with stand-ins for the form library.
"""

from __future__ import annotations

import importlib
import os
import sys
import types
from typing import Any

import msgspec

#: Fields that every connection has, by the names that providers use for them.
STANDARD = ("description", "host", "schema", "login", "password", "port", "extra")
_NAMES = {"schema": "url_schema"}
_PATH = {"value": None, "description": None, "schema": {"type": ["string", "null"], "title": "Path"}}
#: Types that need no provider: name, class of the hook, fields in `extra`.
OWN: dict[str, tuple[str, str, dict[str, Any]]] = {
    "generic": ("Generic", "", {}),
    "fs": ("File (path)", "ostro.sdk.hooks.filesystem.FSHook", {"path": _PATH}),
    "package_index": ("Package Index (Python)", "ostro.sdk.hooks.package_index.PackageIndexHook", {}),
}
_KINDS = {
    "IntegerField": "integer",
    "BooleanField": "boolean",
    "DecimalField": "number",
    "FloatField": "number",
}


def forms() -> list[dict[str, Any]]:
    """All types of connections, by their names for people."""
    from ostro.sdk.providers import ProvidersManager

    _stand_in()
    found: dict[str, dict[str, Any]] = {}
    for package, info in ProvidersManager().providers.items():
        for entry in info.data.get("connection-types") or ():
            kind = str(entry.get("connection-type", ""))
            if kind and kind not in found:
                found[kind] = _declared(kind, package, entry) or _asked(
                    kind, package, str(entry.get("hook-class-name", "")), entry.get("hook-name")
                )
    for kind, (name, hook, extra) in OWN.items():
        if kind not in found:
            found[kind] = _asked(kind, "", hook, name)
            found[kind]["extra_fields"] |= extra
    return sorted(found.values(), key=lambda one: (str(one["hook_name"]).lower(), one["connection_type"]))


def _declared(kind: str, package: str, entry: dict[str, Any]) -> dict[str, Any] | None:
    behaviour, fields = entry.get("ui-field-behaviour"), entry.get("conn-fields")
    if behaviour is None and fields is None:
        return None
    extra = {}
    for name, field in (fields or {}).items():
        schema = dict(field.get("schema") or {"type": "string"})
        schema["title"] = str(field.get("label") or name)
        extra[str(name)] = {
            "value": schema.pop("default", None),
            "description": field.get("description"),
            "schema": schema,
        }
    name = entry.get("hook-name") or kind
    return _form(kind, package, str(entry.get("hook-class-name", "")), str(name), behaviour or {}, extra)


def _asked(kind: str, package: str, path: str, name: str | None) -> dict[str, Any]:
    """What the hook's class says. A hook that cannot be imported has the standard fields only, and says why."""
    behaviour: dict[str, Any] = {}
    widgets: dict[str, Any] = {}
    problem = None
    hook: Any = None
    if path:
        try:
            module, _, attribute = path.rpartition(".")
            hook = getattr(importlib.import_module(module), attribute)
            if hasattr(hook, "get_ui_field_behaviour"):
                behaviour = hook.get_ui_field_behaviour() or {}
            if hasattr(hook, "get_connection_form_widgets"):
                widgets = hook.get_connection_form_widgets() or {}
        except Exception as error:  # the boundary to a provider's code
            problem = f"{type(error).__name__}: {error}"
    prefix = f"extra__{kind}__"
    extra = {str(key).removeprefix(prefix): _widget(field) for key, field in widgets.items()}
    shown = name or getattr(hook, "hook_name", None) or kind
    return _form(kind, package, path, str(shown), behaviour, extra, problem)


def _form(
    kind: str,
    package: str,
    path: str,
    name: str,
    behaviour: dict[str, Any],
    extra: dict[str, Any],
    problem: str | None = None,
) -> dict[str, Any]:
    hidden = set(behaviour.get("hidden-fields") or behaviour.get("hidden_fields") or ())
    titles = behaviour.get("relabeling") or {}
    placeholders = behaviour.get("placeholders") or {}
    for key, text in placeholders.items():
        field = extra.get(str(key).removeprefix(f"extra__{kind}__"))
        if field is not None:
            field["schema"].setdefault("examples", [str(text)])
    return {
        "connection_type": kind,
        "hook_name": name,
        "hook_class_name": path or None,
        "package": package or None,
        "default_conn_name": f"{kind}_default",
        "problem": problem,
        "standard_fields": {
            _NAMES.get(field, field): {
                "hidden": field in hidden,
                "title": None if titles.get(field) is None else str(titles[field]),
                "placeholder": None if placeholders.get(field) is None else str(placeholders[field]),
            }
            for field in STANDARD
        },
        "extra_fields": extra,
    }


# ---- forms of older providers ------------------------------------------------------------------------------------


class _Field:
    """Keeps what a field of a form is made with."""

    def __init__(self, label: Any = None, validators: Any = None, **given: Any) -> None:
        self.label = label
        self.given = {"validators": validators, **given}


class _Anything:
    """Any other part of the form library: made and called with whatever."""

    def __init__(self, *given: Any, **named: Any) -> None:
        self.given = (given, named)

    def __call__(self, *given: Any, **named: Any) -> _Anything:
        return self


class _StandIn(types.ModuleType):
    """A module whose every name is a class of fields, or anything."""

    __path__: list[str] = []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        base = _Field if name.endswith("Field") else _Anything
        made = type(name, (base,), {})
        setattr(self, name, made)
        return made


def _stand_in() -> None:
    """The form library need not be installed: nothing is drawn here."""
    for name in (
        "wtforms",
        "wtforms.fields",
        "wtforms.validators",
        "flask_appbuilder",
        "flask_appbuilder.fieldwidgets",
    ):
        sys.modules[name] = _StandIn(name)
    words = _StandIn("flask_babel")
    words.__dict__.update(lazy_gettext=str, gettext=str, _=str)
    sys.modules["flask_babel"] = words


def _widget(field: Any) -> dict[str, Any]:
    kind = type(field).__name__
    given = getattr(field, "given", {})
    schema: dict[str, Any] = {
        "type": [_KINDS.get(kind, "string"), "null"],
        "title": str(getattr(field, "label", "")),
    }
    if kind == "PasswordField" or "Password" in type(given.get("widget")).__name__:
        schema["format"] = "password"
    elif kind == "TextAreaField":
        schema["format"] = "multiline"
    if given.get("choices"):
        schema["enum"] = [c[0] if isinstance(c, tuple | list) else c for c in given["choices"]]
    default = given.get("default")
    about = given.get("description")
    return {
        "value": default if isinstance(default, str | int | float | bool) else None,
        "description": None if about is None else str(about),
        "schema": schema,
    }


def main() -> int:
    """Print the list; what providers print goes to standard error."""
    out = os.dup(1)
    os.dup2(2, 1)
    data = msgspec.json.encode(forms(), enc_hook=str)
    with os.fdopen(out, "wb") as stream:
        stream.write(data + b"\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
