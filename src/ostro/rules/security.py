"""Whether an installation is set up safely: facts in, findings out."""

from __future__ import annotations

from typing import Literal

import msgspec

Level = Literal["pass", "warn", "fail"]

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
#: Days that a login, in seconds, and an API token should live at most.
LONGEST_LOGIN = 7 * 86_400
LONGEST_IDLE = 86_400
#: Bytes of a request's body that are plenty.
LARGEST_BODY = 32 * 1024 * 1024
LONGEST_TOKEN_DAYS = 366


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the installation."""

    host: str
    has_tls: bool
    #: Reached through a proxy that speaks https, as `[api] base_url` says.
    base_url: str
    allowed_hosts: tuple[str, ...]
    trusted_proxies: tuple[str, ...]
    token_lifetime: int
    #: Seconds that a session of the page lasts, and without use.
    session_lifetime: int
    session_idle: int
    #: Largest body of a request in bytes.
    max_body: int
    #: Passwords, tokens or keys are in these settings' files or addresses, by their names.
    logins_in_addresses: tuple[str, ...]
    can_test_connections: bool
    exposes_config: bool
    oidc_issuer: str
    runs_as_root: bool
    #: Files of keys, the database and the like that others on this machine can read or write.
    open_files: tuple[str, ...]
    made_passwords: tuple[str, ...]
    admins: tuple[str, ...]
    long_tokens: tuple[str, ...]
    #: What is wrong with the audit log; "" = nothing.
    audit_problem: str


class Finding(msgspec.Struct, frozen=True):
    """One thing that was looked at, and what to do about it."""

    level: Level
    about: str
    text: str


def findings(facts: Facts) -> list[Finding]:
    """Everything that was looked at."""
    local = facts.host in LOOPBACK
    encrypted = facts.has_tls or facts.base_url.startswith("https://")
    plain_provider = facts.oidc_issuer.startswith("http://")
    return [
        _of(
            "pass" if local or encrypted else "fail",
            "network",
            f"the server listens on {facts.host}{' with TLS' if encrypted else ''}",
            "passwords cross the network in the clear: set [api] ssl_cert and ssl_key, or put a proxy with https before it "
            "and set [api] base_url",
        ),
        _of(
            "pass" if facts.allowed_hosts else "warn",
            "host names",
            "only known names reach the server",
            "any name reaches the server: set [auth] allowed_hosts, or [api] base_url",
        ),
        _of(
            "fail" if {"*", "0.0.0.0/0", "::/0"} & set(facts.trusted_proxies) else "pass",
            "proxies",
            "forwarded addresses are believed of " + (", ".join(facts.trusted_proxies) or "nobody"),
            "anybody may say from where a request comes: name the proxies in [auth] trusted_proxies",
        ),
        _of(
            "warn" if facts.token_lifetime > LONGEST_LOGIN else "pass",
            "logins",
            f"a token of /auth/token lasts {facts.token_lifetime / 3600:g} hours",
            "tokens of /auth/token last more than a week: lower [api] token_lifetime",
        ),
        _of(
            "warn" if facts.session_lifetime > LONGEST_LOGIN or facts.session_idle > LONGEST_IDLE else "pass",
            "sessions",
            f"a session ends after {facts.session_idle / 3600:g} hours without use, and after "
            f"{facts.session_lifetime / 3600:g} hours",
            "a session on a forgotten screen stays open for long: lower [auth] session_idle and session_lifetime",
        ),
        _of(
            "warn" if facts.max_body > LARGEST_BODY else "pass",
            "requests",
            f"a request has {facts.max_body} bytes at most",
            "one request may fill the server's memory: lower [api] max_body",
        ),
        _of(
            "warn" if facts.logins_in_addresses else "pass",
            "repositories",
            "no address has a password in it",
            f"the addresses of {', '.join(facts.logins_in_addresses)} have a password in them: put it into a connection "
            "(git_conn_id)",
        ),
        _of(
            "warn" if facts.can_test_connections else "pass",
            "connection tests",
            "off",
            "people may have this machine call addresses of their choice: set [core] test_connection = Disabled",
        ),
        _of(
            "warn" if facts.exposes_config else "pass",
            "settings",
            "not readable over the API",
            "readable over the API: set [api] expose_config = false",
        ),
        _of(
            "warn" if plain_provider else "pass",
            "login provider",
            facts.oidc_issuer or "none",
            "is spoken to without https",
        ),
        _of(
            "warn" if facts.runs_as_root else "pass",
            "user",
            "Ostro does not run as root",
            "Ostro runs as root, and so do all tasks: use an account of its own",
        ),
        _of(
            "fail" if facts.open_files else "pass",
            "files",
            "keys and database are for their owner only",
            f"others on this machine can read {', '.join(facts.open_files)}: chmod go= them",
        ),
        _of(
            "warn" if facts.made_passwords else "pass",
            "passwords",
            "none is as Ostro made it",
            f"still as Ostro made them: {', '.join(facts.made_passwords)}",
        ),
        _of(
            "pass" if facts.admins else "fail",
            "administrators",
            ", ".join(facts.admins),
            "no account may manage the others: ostro users create -r Admin",
        ),
        _of(
            "warn" if facts.long_tokens else "pass",
            "API tokens",
            "none lives longer than a year",
            f"live longer than a year: {', '.join(facts.long_tokens)}",
        ),
        _of(
            "fail" if facts.audit_problem else "pass",
            "audit log",
            "whole",
            facts.audit_problem,
        ),
    ]


def _of(level: Level, about: str, good: str, bad: str) -> Finding:
    return Finding(level, about, good if level == "pass" else bad)
