"""Signing in at an OpenID provider: authorization code with PKCE; the id token says who it is.

The browser carries state, nonce and verifier in a signed cookie between leaving and coming back, so that only the browser that
left can come back. The id token must be signed by a key of the provider, be for us, be fresh and carry our nonce. An identity is
issuer and subject; a local account of the same name is never taken over.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from ostro.api.auth.oidc_config import OidcConfig
from ostro.clock import Clock
from ostro.errors import NotAllowed, UserError

#: Signatures that are taken: with the provider's private key. Never "none", never one with a shared secret.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
#: Seconds: for one call of the provider, for what it says about itself, that clocks may differ.
TIMEOUT = 10.0
KEEP = 600.0
LEEWAY = 60
#: Seconds within which somebody must come back from the provider.
AWAY = 600


class OidcFailed(UserError):
    """The provider cannot be used just now, or did not say what it should: 400, with a sentence for people."""


class Journey(msgspec.Struct, frozen=True):
    """What the browser takes along to the provider and must bring back."""

    state: str
    nonce: str
    verifier: str
    after: str
    until: int


class Identity(msgspec.Struct, frozen=True):
    """Who the provider says it is."""

    external_id: str
    name: str
    email: str | None
    full_name: str | None
    groups: tuple[str, ...]


class Provider:
    """One OpenID provider. Used from many threads; its description and keys are kept for a while."""

    def __init__(self, config: OidcConfig, clock: Clock) -> None:
        self._config = config
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[float, Any]] = {}

    def depart(self, redirect_uri: str, after: str) -> tuple[str, Journey]:
        """Where to send the browser, and what it takes along. Raises OidcFailed."""
        journey = Journey(
            state=secrets.token_urlsafe(24),
            nonce=secrets.token_urlsafe(24),
            verifier=secrets.token_urlsafe(48),
            after=after,
            until=int(self._clock.now().timestamp()) + AWAY,
        )
        with self._client(redirect_uri) as client:
            url, _ = client.create_authorization_url(
                self._described("authorization_endpoint"),
                state=journey.state,
                nonce=journey.nonce,
                code_verifier=journey.verifier,
            )
        return str(url), journey

    def arrive(self, redirect_uri: str, journey: Journey, state: str, code: str) -> Identity:
        """Who came back with this code. Raises OidcFailed, NotAllowed."""
        now = self._clock.now()
        if (
            not secrets.compare_digest(journey.state.encode(), state.encode())
            or now.timestamp() > journey.until
        ):
            raise NotAllowed("This login was not begun here, or too long ago: try again")
        token = self._exchange(redirect_uri, journey, code).get("id_token")
        if not isinstance(token, str):
            raise OidcFailed("The login provider sent no id token")
        return self._identity(self._claims(token, journey.nonce, now))

    # ---- the provider ------------------------------------------------------------------------------------------------

    def _client(self, redirect_uri: str) -> Any:
        from authlib.integrations.httpx_client import OAuth2Client

        config = self._config
        return OAuth2Client(
            client_id=config.client_id,
            client_secret=config.client_secret,
            token_endpoint_auth_method="client_secret_basic" if config.client_secret else "none",
            scope=config.scopes,
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
            timeout=TIMEOUT,
            follow_redirects=False,
            verify=self._verify(),
        )

    def _verify(self) -> Any:
        import ssl

        return ssl.create_default_context(cafile=self._config.ca_file)

    def _exchange(self, redirect_uri: str, journey: Journey, code: str) -> Mapping[str, Any]:
        import httpx
        from authlib.common.errors import AuthlibBaseError

        url = self._described("token_endpoint")
        try:
            with self._client(redirect_uri) as client:
                found: Mapping[str, Any] = client.fetch_token(
                    url, grant_type="authorization_code", code=code, code_verifier=journey.verifier
                )
        except (httpx.HTTPError, AuthlibBaseError, ValueError) as error:
            raise OidcFailed(
                f"The login provider did not accept the login ({type(error).__name__})"
            ) from error
        return found

    def _described(self, name: str) -> str:
        found = self._fetched(self._config.issuer + "/.well-known/openid-configuration")
        if found.get("issuer", "").rstrip("/") != self._config.issuer:
            raise OidcFailed("The login provider calls itself by another name than [auth] oidc_issuer")
        url = found.get(name)
        if not isinstance(url, str) or not self._is_safe(url):
            raise OidcFailed(f"The login provider names no usable {name}")
        return url

    def _is_safe(self, url: str) -> bool:
        return url.startswith("https://") or self._config.issuer.startswith("http://")

    def _fetched(self, url: str, *, anew: bool = False) -> Any:
        at = self._clock.monotonic()
        with self._lock:
            kept = self._kept.get(url)
        if kept is not None and not anew and at - kept[0] < KEEP:
            return kept[1]
        import httpx

        try:
            answer = httpx.get(url, timeout=TIMEOUT, verify=self._verify(), follow_redirects=False)
            answer.raise_for_status()
            found = answer.json()
        except (httpx.HTTPError, OSError, ValueError) as error:
            raise OidcFailed(f"The login provider cannot be reached ({type(error).__name__})") from error
        with self._lock:
            self._kept[url] = (at, found)
        return found

    # ---- what it says ------------------------------------------------------------------------------------------------

    def _claims(self, token: str, nonce: str, now: datetime) -> Mapping[str, Any]:
        from joserfc import jwt
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        url = self._described("jwks_uri")
        for anew in (False, True):
            try:
                keys = KeySet.import_key_set(self._fetched(url, anew=anew))
                claims: Mapping[str, Any] = jwt.decode(token, keys, algorithms=list(ALGORITHMS)).claims
                break
            except (JoseError, ValueError) as error:
                # The provider may have new keys since they were read.
                if anew:
                    raise NotAllowed("The login provider's answer is not signed by it") from error
        audience = claims.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        moment = now.timestamp()
        expires, issued = claims.get("exp"), claims.get("iat")
        holds = (
            str(claims.get("iss", "")).rstrip("/") == self._config.issuer
            and self._config.client_id in audiences
            and (len(audiences) == 1 or claims.get("azp") == self._config.client_id)
            and claims.get("azp") in (None, self._config.client_id)
            and isinstance(expires, int | float)
            and moment < expires + LEEWAY
            and isinstance(issued, int | float)
            and issued - LEEWAY <= moment <= issued + timedelta(hours=1).total_seconds()
            and secrets.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode())
            and isinstance(claims.get("sub"), str)
            and claims["sub"] != ""
        )
        if not holds:
            raise NotAllowed("The login provider's answer is not for this login")
        return claims

    def _identity(self, claims: Mapping[str, Any]) -> Identity:
        config = self._config
        name = claims.get(config.name_claim)
        if not isinstance(name, str) or not name.strip():
            raise OidcFailed(f"The login provider sent no {config.name_claim!r} to name the account by")
        groups = claims.get(config.roles_claim)
        if isinstance(groups, str):
            groups = [groups]
        return Identity(
            external_id=f"{config.issuer}|{claims['sub']}",
            name=name.strip(),
            email=_text(claims.get("email")),
            full_name=_text(claims.get("name")),
            groups=tuple(str(group) for group in groups) if isinstance(groups, list) else (),
        )


def roles_of(config: OidcConfig, groups: tuple[str, ...]) -> tuple[str, ...]:
    """The roles that somebody of these groups has."""
    found = {config.role_of[group] for group in groups if group in config.role_of}
    return tuple(sorted(found)) or config.default_roles


def _text(value: Any) -> str | None:
    return value[:200] if isinstance(value, str) and value else None
