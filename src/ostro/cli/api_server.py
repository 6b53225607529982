"""`ostro api-server`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from ostro.cli.context import Context


def command(
    host: Annotated[
        str | None, typer.Option("--host", "-H", help="Address to listen on.", show_default="127.0.0.1")
    ] = None,
    port: Annotated[
        int | None, typer.Option("--port", "-p", help="Port to listen on.", show_default="8080")
    ] = None,
    ssl_cert: Annotated[str | None, typer.Option(help="Certificate file: then it speaks https.")] = None,
    ssl_key: Annotated[str | None, typer.Option(help="Key file of the certificate.")] = None,
    database_url: Annotated[str | None, typer.Option("--database-url", help="Where the database is.")] = None,
    dev: Annotated[bool, typer.Option("--dev", hidden=True)] = False,
) -> None:
    """Run the web page and the REST API until Ctrl-C."""
    overrides = {
        "api.host": host,
        "api.port": None if port is None else str(port),
        "api.ssl_cert": ssl_cert,
        "api.ssl_key": ssl_key,
        "database.url": database_url,
    }
    settings = Context(overrides, starts=True).settings
    from ostro.assembly import web

    settings.home.ensure()
    raise typer.Exit(web.run(settings, False, _greet))


def _greet(facts: dict[str, Any]) -> None:
    print(f"Ostro is at {facts['url']}", flush=True)
    if facts.get("password"):
        print(
            f"user name: admin\npassword:  {facts['password']}   (shown once; the first login asks for one of your own)",
            flush=True,
        )
