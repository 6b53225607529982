"""Facts of the installation of a server elsewhere: assets, import errors, processes, packages, settings, version."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from ostro.cli.remote.client import Client, part
from ostro.cli.remote.rows import moments
from ostro.errors import BadRequest, NotFound

_JOB = ("dag_id", "state", "job_type", "start_date", "end_date", "latest_heartbeat", "hostname")


def version(client: Client) -> str:
    """The version of the server."""
    return str(client.get("/version")["version"])


def import_errors(client: Client) -> list[dict[str, Any]]:
    """DAG files that cannot be used, and why."""
    found = []
    for row in client.all("/importErrors", "import_errors", order_by="filename"):
        error, _, traceback = row["stack_trace"].partition("\n\n")
        found.append(
            {
                "bundle_name": row["bundle_name"],
                "filepath": row["filename"],
                "error": error,
                "traceback": traceback,
            }
        )
    return found


def jobs(client: Client, **filters: Any) -> list[dict[str, Any]]:
    """Processes that ever registered; `filters` as the API names them."""
    return [{name: moments(row)[name] for name in _JOB} for row in client.all("/jobs", "jobs", **filters)]


def processes(client: Client) -> list[dict[str, Any]]:
    """Processes that live, are dead or ended lately, as `ostro.api.processes.Process`."""
    return [_process(row) for row in client.page("GET", "/ui/processes")["processes"]]


def drain(client: Client, engine_id: str, *, drain: bool) -> dict[str, Any]:
    """Let an engine start no more tasks, or work again. Raises NotFound, BadRequest."""
    return _process(client.page("POST", f"/ui/processes/{part(engine_id)}/drain", {"drain": drain}))


def _process(row: dict[str, Any]) -> dict[str, Any]:
    return {
        name: datetime.fromisoformat(value).astimezone(UTC)
        if value and name.endswith(("_at", "_since"))
        else value
        for name, value in row.items()
    }


def providers(client: Client) -> list[dict[str, Any]]:
    """Provider packages that are installed there."""
    return client.all("/providers", "providers")


def plugins(client: Client) -> dict[str, Any]:
    """`plugins` and `errors`, as `ostro.runtime.plugin_list` says."""
    return {
        "plugins": client.all("/plugins", "plugins"),
        "errors": client.get("/plugins/importErrors")["import_errors"],
    }


def settings(client: Client, section: str | None = None) -> dict[str, dict[str, str]]:
    """Sections with their options and values, secrets hidden. Raises NotAllowed where `[api] expose_config` is off."""
    found = client.get("/config", section=section)["sections"]
    return {s["name"]: {o["key"]: o["value"] for o in s["options"]} for s in found}


def setting(client: Client, section: str, option: str) -> str:
    """One setting. Raises NotFound."""
    found = client.get(f"/config/section/{part(section)}/option/{part(option)}")
    return str(found["sections"][0]["options"][0]["value"])


# ---- assets ----------------------------------------------------------------------------------------------------------


def assets(client: Client) -> list[dict[str, Any]]:
    """Assets that DAG files name."""
    return client.all("/assets", "assets", order_by="name")


def aliases(client: Client) -> list[dict[str, Any]]:
    """Aliases."""
    return client.all("/assets/aliases", "asset_aliases", order_by="name")


def asset(client: Client, name: str, uri: str) -> dict[str, Any]:
    """The asset of a name, of a URI, or of both. Raises BadRequest, NotFound."""
    if not name and not uri:
        raise BadRequest("say which asset: --name NAME or --uri URI")
    for row in assets(client):
        if name in ("", row["name"]) and uri in ("", row["uri"]):
            last = (row.get("last_asset_event") or {}).get("timestamp")
            return {**row, "last": None if last is None else datetime.fromisoformat(last).astimezone(UTC)}
    words = [f"{word} {value!r}" for word, value in (("name", name), ("uri", uri)) if value]
    raise NotFound(f"there is no asset with {' and '.join(words)}")


def materialize(client: Client, asset_id: int) -> dict[str, Any]:
    """Run the DAG that makes an asset."""
    return moments(client.call("POST", f"/assets/{asset_id}/materialize", {}))
