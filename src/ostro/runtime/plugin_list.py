"""`python -m ostro.runtime.plugin_list FOLDER`: loads the plugins in a process of its own and lists them as JSON.

One object: `plugins`, each with the names of what it brings, and `errors`, {source, error} each.
"""

from __future__ import annotations

import os
import sys
from typing import Any

import msgspec


def describe(folder: str | None) -> dict[str, Any]:
    """Load the plugins of this process and say what they bring."""
    from ostro.sdk import plugins
    from ostro.sdk.plugins.registry import LISTED, UNUSED
    from ostro.sdk.plugins.sources import config_folders

    for path in (folder, *config_folders()):
        if path and path not in sys.path:
            sys.path.append(path)
    errors: list[dict[str, str]] = []
    try:
        plugins.load(folder)
    except Exception as error:  # the boundary to airflow_local_settings
        errors.append({"source": "airflow_local_settings", "error": f"{type(error).__name__}: {error}"})
    if plugins.installed is None:
        return {"plugins": [], "errors": errors}
    names = dict.fromkeys((*LISTED, *UNUSED))
    found = [
        {
            "name": str(plugin.name),
            "source": str(plugin.source),
            **{name: [_name(item) for item in getattr(plugin, name, None) or ()] for name in names},
        }
        for plugin in plugins.installed.plugins
    ]
    errors += [{"source": source, "error": text} for source, text in plugins.installed.errors.items()]
    return {"plugins": found, "errors": errors}


def _name(item: Any) -> str:
    """How a list calls a part: functions, classes and modules by their path, other objects by their class."""
    if isinstance(item, dict):
        return str(item.get("name") or item)
    kind = item if hasattr(item, "__name__") else type(item)
    module = getattr(kind, "__module__", "")
    name = getattr(kind, "__qualname__", None) or kind.__name__
    return f"{module}.{name}" if module else str(name)


def main(arguments: list[str]) -> int:
    """Print the list; what plugins print goes to standard error."""
    out = os.dup(1)
    os.dup2(2, 1)
    data = msgspec.json.encode(describe(arguments[0] if arguments and arguments[0] else None))
    with os.fdopen(out, "wb") as stream:
        stream.write(data + b"\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
