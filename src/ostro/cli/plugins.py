"""`ostro plugins`: what the installation adds."""

from __future__ import annotations

from typing import Any

from ostro.cli.context import Context
from ostro.cli.output import Output, OutputOption, VerboseOption, show
from ostro.cli.remote import facts


def command(output: OutputOption = Output.TABLE, verbose: VerboseOption = False) -> None:
    """List plugins: name, where each comes from, what it brings; and broken ones with the reason."""
    from ostro.assembly.plugin_list import list_plugins

    context = Context()
    there = context.remote
    found = list_plugins(context.settings) if there is None else facts.plugins(there)
    as_text = output in (Output.TABLE, Output.PLAIN)
    rows = [_row(plugin, as_text=as_text) for plugin in found["plugins"]]
    nothing: Any = "" if as_text else {}
    rows += [
        {"name": "", "source": e["source"], "brings": nothing, "error": e["error"]} for e in found["errors"]
    ]
    if rows or not as_text:
        show(rows, output)
    else:
        print("No plugins loaded")


def _row(plugin: dict[str, Any], *, as_text: bool) -> dict[str, Any]:
    brings = {key: names for key, names in plugin.items() if key not in ("name", "source") and names}
    text = "; ".join(f"{key}: {', '.join(names)}" for key, names in brings.items())
    return {
        "name": plugin["name"],
        "source": plugin["source"],
        "brings": text if as_text else brings,
        "error": "",
    }
