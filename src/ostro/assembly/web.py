"""The web server as a process: `python -m ostro.assembly.web`."""

from __future__ import annotations

import os
import socket
import sys
import time
from functools import partial

from ostro.api import server
from ostro.api.auth.first_start import ensure_admin
from ostro.api.deps import ApiConfig, Deps
from ostro.assembly import access, child, keys, parts
from ostro.assembly.connection_forms import kept_forms
from ostro.assembly.connection_test import try_connection
from ostro.assembly.plugin_list import kept_list
from ostro.assembly.waking import Waker
from ostro.clock import SystemClock
from ostro.errors import NotAllowed, StoreError
from ostro.settings import OPTIONS, Settings
from ostro.store import Store

#: Seconds to wait for the engine to bring the tables to this version.
TABLES_WITHIN = 60.0
#: Seconds after which somebody who looks on is told why nothing happens.
SAY_AFTER = 3.0
#: Seconds between two looks at them.
LOOK_EVERY = 0.02


def api_config(settings: Settings) -> ApiConfig:
    """What the web server is told."""
    sections = tuple(
        (section, tuple((option.key, settings.shown(option)) for option in options))
        for section, options in OPTIONS.items()
    )
    return ApiConfig(
        token_key=parts.token_key(settings),
        session_lifetime=access.session_lifetime(settings),
        session_idle=settings.auth.session_idle,
        token_lifetime=settings.api.token_lifetime,
        cli_token_lifetime=settings.api.cli_token_lifetime,
        page_size=settings.api.page_size,
        max_page_size=settings.api.max_page_size,
        max_body=settings.api.max_body,
        instance_name=settings.api.instance_name,
        state_retention_days=settings.state_store.default_retention_days,
        default_timezone=settings.core.default_timezone,
        log_folder=settings.logging.base_log_folder,
        expose_config=settings.api.expose_config,
        sensitive_names=access.sensitive_names(settings),
        can_test_connections=settings.core.test_connection == "Enabled",
        hides_connection_tests=settings.core.test_connection == "Hidden",
        allowed_hosts=access.allowed_hosts(settings),
        trusted_proxies=access.listed(settings.auth.trusted_proxies),
        oidc=access.oidc(settings),
        docs_page=settings.api.enable_swagger_ui,
        config_sections=sections,
        conf_overrides_params=settings.core.dag_run_conf_overrides_params,
        run_id_pattern=settings.scheduler.allowed_run_id_pattern,
    )


def listen(settings: Settings) -> socket.socket:
    """The listening socket. Raises NotAllowed with one sentence when the port is taken."""
    family = socket.AF_INET6 if ":" in settings.api.host else socket.AF_INET
    sock = socket.socket(family)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((settings.api.host, settings.api.port))
    except OSError as error:
        sock.close()
        raise NotAllowed(
            f"cannot listen on {settings.api.host}:{settings.api.port} ({error.strerror}); choose another --port"
        ) from None
    sock.listen(1024)
    return sock


def run(settings: Settings, _unpause_new: bool, ready: child.Ready) -> int:
    """Serve until SIGTERM or SIGINT."""
    sock = listen(settings)
    clock = SystemClock()
    database = parts.make_store(settings)
    _wait_for_tables(database)
    keys.check(settings, database)
    given = os.environ.pop("OSTRO_ADMIN_PASSWORD", None)
    password = ensure_admin(database, clock, given)
    deps = Deps(
        store=database,
        clock=clock,
        cipher=keys.cipher(settings),
        config=api_config(settings),
        wake=Waker(settings.home.engine_socket),
        ask_timetable=parts.timetable_asker(settings),
        list_plugins=kept_list(settings),
        list_connection_types=kept_forms(settings),
        try_connection=partial(try_connection, settings),
        static_folder=parts.static_folder(),
    )
    host, port = sock.getsockname()[:2]
    scheme = "https" if settings.api.ssl_cert else "http"
    url = settings.api.base_url or f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"
    facts = {"url": url, "password": password, "password_from_environment": given is not None}
    if database.dialect == "postgresql":
        facts["database"] = database.url
    server.serve(
        deps,
        sock,
        on_ready=lambda: ready(facts),
        ssl_cert=settings.api.ssl_cert,
        ssl_key=settings.api.ssl_key,
    )
    database.dispose()
    return 0


def _wait_for_tables(database: Store) -> None:
    begin = time.monotonic()
    end = begin + TABLES_WITHIN
    told = False
    while True:
        try:
            database.check()
            return
        except StoreError as error:
            if time.monotonic() > end:
                raise NotAllowed(f"the database is not ready: {error}") from error
            if not told and time.monotonic() >= begin + SAY_AFTER:
                told = True
                print(f"ostro: waiting for the database: {error}", file=sys.stderr, flush=True)
        time.sleep(LOOK_EVERY)


def main() -> int:
    """Entry point."""
    return child.main(run)


if __name__ == "__main__":
    sys.exit(main())
