"""Settings of signing in, and of who the web server talks to."""

# ruff: noqa: RUF009 - option() declares the field

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ostro.settings import checks
from ostro.settings.option import option


@dataclass(frozen=True, kw_only=True)
class Auth:
    """Signing in elsewhere (OIDC), and which hosts and proxies the web server believes."""

    session_lifetime: int = option(
        "604800",
        "How long a session of the page lasts at most. When only `[api] token_lifetime` is given, no longer than that.",
        unit="seconds",
        minimum=60,
    )
    session_idle: int = option(
        "28800",
        "How long a session of the page lasts without being used. Live views that stay open are no use.",
        unit="seconds",
        # A use is noted once a minute, and up to two minutes late: whoever works must not be thrown out between.
        minimum=300,
    )
    allowed_hosts: str = option(
        "",
        "Names under which the server may be reached, separated by commas, besides that of `[api] base_url`; "
        "* = any. Empty: those of this machine when it listens on loopback, otherwise any.",
    )
    trusted_proxies: str = option(
        "",
        "Addresses or networks of reverse proxies, separated by commas, whose X-Forwarded-For and -Proto are believed.",
    )
    oidc_issuer: str = option(
        "",
        "Address of the OpenID provider; empty = no login elsewhere. https, or http on this machine.",
        check=checks.issuer_url,
    )
    oidc_client_id: str = option("", "Ostro's id at the provider.")
    oidc_client_secret: str = option(
        "", "Ostro's secret at the provider; empty = a public client, with PKCE alone.", secret=True
    )
    oidc_scopes: str = option("openid profile email", "What is asked for.")
    oidc_label: str = option("Single sign-on", "Words on the button of the login page.")
    oidc_name_claim: str = option("preferred_username", "Claim that becomes the name of the account.")
    oidc_roles_claim: str = option("groups", "Claim with the groups of the person.")
    oidc_role_mapping: str = option(
        "",
        "Which group gives which role: group=Role, separated by commas. Given, roles follow the groups at each login.",
        check=checks.role_mapping,
    )
    oidc_default_roles: str = option(
        "Viewer", "Roles of a person without a mapped group, separated by commas; empty = they do not get in."
    )
    oidc_auto_create: bool = option("true", "Make an account at the first login; otherwise it must be there.")
    oidc_ca_file: Path | None = option(
        "", "Certificates (PEM) by which the provider is known, in place of the system's."
    )
