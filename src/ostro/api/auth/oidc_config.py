"""How people sign in at an OpenID provider."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class OidcConfig:
    """The settings `[auth] oidc_*`, validated."""

    issuer: str
    client_id: str
    client_secret: str | None = field(default=None, repr=False)
    scopes: str = "openid profile email"
    label: str = "Single sign-on"
    name_claim: str = "preferred_username"
    roles_claim: str = "groups"
    #: Group to role; with one, roles follow the groups at each login.
    role_of: Mapping[str, str] = field(default_factory=dict)
    default_roles: tuple[str, ...] = ("Viewer",)
    auto_create: bool = True
    #: Certificates by which the provider is known; None = the system's. Verification cannot be turned off.
    ca_file: Path | None = None
