"""What the app is given by the assembly, and how handlers get at it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Depends
from starlette.requests import Request

from ostro.api.auth.oidc_config import OidcConfig
from ostro.clock import Clock

if TYPE_CHECKING:
    from ostro.commands.ask_timetable import Ask
    from ostro.store.cipher import Cipher
    from ostro.store.connections import ConnectionRecord
    from ostro.store.engine import Store


@dataclass(frozen=True, kw_only=True)
class ApiConfig:
    """The settings of this part, validated by `ostro.settings`."""

    #: Key that signs tokens, 32 bytes at least.
    token_key: bytes
    #: Seconds that a session of the page lives at most, and without being used.
    session_lifetime: int = 7 * 86_400
    session_idle: int = 8 * 3_600
    #: Seconds that a token of `/auth/token` lives, and one of `/auth/token/cli`.
    token_lifetime: int = 86_400
    cli_token_lifetime: int = 3_600
    #: Entries of a list when none, and at most, are asked for.
    page_size: int = 50
    max_page_size: int = 100
    #: Largest request body in bytes.
    max_body: int = 1024 * 1024
    #: Title of the page.
    instance_name: str = "Ostro"
    default_timezone: str = "UTC"
    #: Path under which the app is reached, "" or "/ostro".
    base_path: str = ""
    #: Where task logs are.
    log_folder: Path = Path("logs")
    #: Seconds without a heartbeat after which a part is called unhealthy.
    heartbeat_limit: int = 30
    #: `GET /config` answers instead of 403; values are never secrets.
    expose_config: bool = False
    #: People may have connections tried.
    can_test_connections: bool = False
    #: The page does not speak of trying connections at all.
    hides_connection_tests: bool = False
    #: The page /docs exists.
    docs_page: bool = True
    #: Names under which the server answers; () = any.
    allowed_hosts: tuple[str, ...] = ()
    #: Addresses and networks whose X-Forwarded-For and -Proto are believed.
    trusted_proxies: tuple[str, ...] = ()
    #: Login at an OpenID provider; None = by password only.
    oidc: OidcConfig | None = None
    #: Days that a key of a task's state is kept when the request says "default"; 0 = as long as its run.
    state_retention_days: int = 30
    #: Words, in small letters, that make a name sensitive besides the usual ones.
    sensitive_names: tuple[str, ...] = ()
    #: Sections and options for `GET /config`: ((section, ((key, value), …)), …).
    config_sections: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()
    #: The conf of a run replaces params of the same name.
    conf_overrides_params: bool = True
    #: Pattern that a run id given by a user must match as a whole, "" = any.
    run_id_pattern: str = r"^[A-Za-z0-9_.~:+-]+$"

    @property
    def idle(self) -> timedelta:
        """How long a session lives without being used."""
        return timedelta(seconds=self.session_idle)


@dataclass(frozen=True, kw_only=True)
class Deps:
    """Everything the app uses."""

    store: Store
    clock: Clock
    cipher: Cipher
    config: ApiConfig
    #: Tells the engine which runs (row ids) and DAGs a committed command has changed.
    wake: Callable[[list[int], list[str]], None] = field(default=lambda _runs, _dags: None)
    #: Asks the timetable of a DAG's author in a child process; None = this process cannot.
    ask_timetable: Ask | None = None
    #: Lists the plugins of the installation (`plugins`, `errors`), in a child process; None = this process cannot.
    list_plugins: Callable[[], dict[str, Any]] | None = None
    #: What the form of each type of connections shows, asked of a child process; None = this process cannot.
    list_connection_types: Callable[[], list[dict[str, Any]]] | None = None
    #: Tries a connection by its hook, in a child process: whether it worked, and what was said; None = this process cannot.
    try_connection: Callable[[ConnectionRecord], tuple[bool, str]] | None = None
    #: Folder of the built web page; None or a folder without index.html: not built.
    static_folder: Path | None = None


async def _deps(request: Request) -> Deps:
    found: Deps = request.app.state.deps
    return found


Given = Annotated[Deps, Depends(_deps)]
