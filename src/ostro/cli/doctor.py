"""`ostro doctor`: whether the installation is set up well."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from ostro.cli.context import Context
from ostro.cli.output import Output, OutputOption, show

if TYPE_CHECKING:
    from ostro.rules.security import Facts

app = typer.Typer(no_args_is_help=True)


@app.callback()
def doctor() -> None:
    """Looks at the installation."""


@app.command("security")
def security(output: OutputOption = Output.TABLE) -> None:
    """Say what is safe and what is not; exit status 1 when something must be mended."""
    from ostro.rules.security import findings

    found = findings(_facts(Context()))
    show([{"level": f.level, "about": f.about, "finding": f.text} for f in found], output)
    if any(f.level == "fail" for f in found):
        raise typer.Exit(1)


def _facts(context: Context) -> Facts:
    from ostro.assembly import access
    from ostro.rules.permissions import ADMIN
    from ostro.rules.security import LONGEST_TOKEN_DAYS, Facts
    from ostro.settings.addresses import has_secret
    from ostro.store import accounts, event_log, sessions

    settings = context.settings
    now = context.clock.now()
    with context.store.read() as tx:
        users = accounts.list_users(tx)
        tokens = sessions.list_tokens(tx, now, named=True)
    with context.store.read() as tx:
        broken = event_log.verify(tx).broken
    longest = now + timedelta(days=LONGEST_TOKEN_DAYS)
    return Facts(
        host=settings.api.host,
        has_tls=settings.api.ssl_cert is not None,
        base_url=settings.api.base_url,
        allowed_hosts=access.allowed_hosts(settings),
        trusted_proxies=access.listed(settings.auth.trusted_proxies),
        token_lifetime=settings.api.token_lifetime,
        session_lifetime=access.session_lifetime(settings),
        session_idle=settings.auth.session_idle,
        max_body=settings.api.max_body,
        logins_in_addresses=tuple(
            f"bundle {one.name!r}" for one in settings.bundles if has_secret(one.repo_url or "")
        ),
        can_test_connections=settings.core.test_connection == "Enabled",
        exposes_config=settings.api.expose_config,
        oidc_issuer=settings.auth.oidc_issuer,
        runs_as_root=os.geteuid() == 0,
        open_files=_open_files(settings.home.path),
        made_passwords=tuple(u.name for u in users if u.must_change_password and u.is_active),
        admins=tuple(u.name for u in users if u.is_active and ADMIN in u.roles),
        long_tokens=tuple(
            f"{t.user}/{t.label}" for t in tokens if t.expires_at is None or t.expires_at > longest
        ),
        audit_problem=""
        if broken is None
        else f"tampered with: {broken.why} (row {broken.link} of the chain)",
    )


def _open_files(home: Path) -> tuple[str, ...]:
    """Keys, the database and settings that others can read or write."""
    keys = home / "keys"
    files = [*(keys.iterdir() if keys.is_dir() else ()), *home.glob("ostro.db*"), home / "ostro.cfg"]
    return tuple(sorted(str(p) for p in files if p.is_file() and p.stat().st_mode & 0o077))
