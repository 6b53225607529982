"""Settings of signing in and of hosts, as the web server takes them."""

from __future__ import annotations

from importlib.util import find_spec
from urllib.parse import urlsplit

from ostro.api.auth.oidc_config import OidcConfig
from ostro.errors import SettingInvalid
from ostro.settings import Settings

LOOPBACK = ("localhost", "127.0.0.1", "::1")


def listed(text: str) -> tuple[str, ...]:
    """The words of a list with commas."""
    return tuple(word.strip() for word in text.split(",") if word.strip())


def sensitive_names(settings: Settings) -> tuple[str, ...]:
    """Words, in small letters, that make a name sensitive besides the usual ones."""
    return tuple(name.strip().lower() for name in settings.core.sensitive_var_conn_names if name.strip())


def allowed_hosts(settings: Settings) -> tuple[str, ...]:
    """Names under which the server answers; () = any. On loopback only its own: a page elsewhere may have its name point here."""
    given = listed(settings.auth.allowed_hosts)
    if "*" in given:
        return ()
    of_url = urlsplit(settings.api.base_url).hostname if settings.api.base_url else None
    own = (of_url,) if of_url else ()
    if not given and settings.api.host not in LOOPBACK:
        return ()
    return tuple(name.lower() for name in (*given, *own, *LOOPBACK))


def session_lifetime(settings: Settings) -> int:
    """Seconds that a session of the page lives at most. Who has shortened the life of tokens, as Airflow's one setting does
    for both, did not mean longer sessions."""
    if "api.token_lifetime" in settings.origins and "auth.session_lifetime" not in settings.origins:
        return min(settings.api.token_lifetime, settings.auth.session_lifetime)
    return settings.auth.session_lifetime


def oidc(settings: Settings) -> OidcConfig | None:
    """The login at a provider; None without an issuer. Raises SettingInvalid when a part is missing."""
    auth = settings.auth
    if not auth.oidc_issuer:
        return None
    if not auth.oidc_client_id:
        raise SettingInvalid("[auth] oidc_issuer is set, but oidc_client_id is not")
    if find_spec("authlib") is None:
        raise SettingInvalid("[auth] oidc_issuer needs one more package: pip install 'ostro[oidc]'")
    pairs = (pair.partition("=") for pair in listed(auth.oidc_role_mapping))
    return OidcConfig(
        issuer=auth.oidc_issuer,
        client_id=auth.oidc_client_id,
        client_secret=auth.oidc_client_secret or None,
        scopes=auth.oidc_scopes,
        label=auth.oidc_label,
        name_claim=auth.oidc_name_claim,
        roles_claim=auth.oidc_roles_claim,
        role_of={group.strip(): role.strip() for group, _, role in pairs},
        default_roles=listed(auth.oidc_default_roles),
        auto_create=auth.oidc_auto_create,
        ca_file=auth.oidc_ca_file,
    )
