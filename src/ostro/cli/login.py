"""`ostro login` and `ostro logout`: at a server elsewhere."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from ostro.cli.output import VerboseOption
from ostro.cli.remote import tokens
from ostro.cli.remote.client import Client

ServerArgument = Annotated[str, typer.Argument(help="Address, like https://host:8080.")]


def command(
    server: ServerArgument,
    username: Annotated[str | None, typer.Option("--username", "-u", help="Name of the account.")] = None,
    verbose: VerboseOption = False,
) -> None:
    """Sign in at a server for `ostro --server`. The password is asked for, or taken from OSTRO_PASSWORD; it is not kept."""
    client = Client(server)
    name = username or typer.prompt("user name")
    password = os.environ.get("OSTRO_PASSWORD") or typer.prompt("password", hide_input=True)
    tokens.keep(client.url, client.login(name, password))
    print(f"Signed in at {client.url} as {name}.")


def leave(server: ServerArgument, verbose: VerboseOption = False) -> None:
    """Forget the login at a server."""
    url = tokens.checked(server)
    tokens.keep(url, None)
    print(f"Signed out at {url}.")
