"""Signed tokens (JWT, HS256). The library is loaded when the first token is made or read, not at start."""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime, timedelta

import msgspec

from ostro.api.auth.oidc import Journey
from ostro.errors import NotAllowed

ALGORITHM = "HS256"
#: Who a token is for. A token of another part signed with the same key is no login.
AUDIENCE = "ostro-api"
JOURNEY_AUDIENCE = "ostro-oidc"
#: Clocks of several machines may differ by this many seconds.
LEEWAY = 10
#: HMAC keys shorter than the hash are refused (RFC 7518, 3.2).
MIN_KEY_BYTES = 32

#: API tokens with a name are no JWT but this and a random text; the database keeps their hash.
NAMED = "ostro_"
#: Bytes of randomness of such a token.
NAMED_BYTES = 32


def named_token() -> str:
    """A new API token."""
    return NAMED + secrets.token_urlsafe(NAMED_BYTES)


def hash_of(token: str) -> str:
    """What is kept of an API token. It is random and long, so that one pass of a hash suffices."""
    return hashlib.sha256(token.encode()).hexdigest()


class Claims(msgspec.Struct, frozen=True):
    """What a valid token says."""

    username: str
    token_id: str
    issued_at: datetime
    expires_at: datetime


class TokenRefused(NotAllowed):
    """The token is expired, forged or not for us."""


class Tokens:
    """Makes and reads tokens with one key."""

    def __init__(self, key: bytes) -> None:
        if len(key) < MIN_KEY_BYTES:
            raise ValueError(f"the key for tokens must have {MIN_KEY_BYTES} bytes at least")
        self._key = key

    def issue(self, username: str, *, now: datetime, lifetime: timedelta) -> str:
        """A token for the user, valid for `lifetime` from `now`."""
        import jwt

        claims = {
            "sub": username,
            "aud": AUDIENCE,
            "jti": secrets.token_hex(16),
            "iat": now,
            "nbf": now,
            "exp": now + lifetime,
        }
        return jwt.encode(claims, self._key, algorithm=ALGORITHM)

    def seal_journey(self, journey: Journey) -> str:
        """What a browser takes along to a login provider, signed."""
        import jwt

        claims = {"aud": JOURNEY_AUDIENCE, **msgspec.structs.asdict(journey)}
        return jwt.encode(claims, self._key, algorithm=ALGORITHM)

    def open_journey(self, token: str) -> Journey:
        """The same when it comes back; raises TokenRefused when it is not ours."""
        import jwt

        try:
            found = jwt.decode(token, self._key, algorithms=[ALGORITHM], audience=JOURNEY_AUDIENCE)
            return msgspec.convert(found, Journey)
        except (jwt.InvalidTokenError, msgspec.ValidationError) as error:
            raise TokenRefused("Not a login that was begun here") from error

    def read(self, token: str, *, now: datetime) -> Claims:
        """The claims of a token that is ours and valid at `now`; raises TokenRefused otherwise."""
        import jwt

        try:
            found = jwt.decode(
                token,
                self._key,
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                options={
                    "require": ["sub", "aud", "jti", "iat", "exp"],
                    # Judged below, by the clock that the caller gives.
                    "verify_exp": False,
                    "verify_nbf": False,
                    "verify_iat": False,
                },
            )
            claims = Claims(
                username=str(found["sub"]),
                token_id=str(found["jti"]),
                issued_at=datetime.fromtimestamp(float(found["iat"]), UTC),
                expires_at=datetime.fromtimestamp(float(found["exp"]), UTC),
            )
        except (jwt.InvalidTokenError, TypeError, ValueError, OverflowError) as error:
            raise TokenRefused("Invalid credentials: sign in again") from error
        leeway = timedelta(seconds=LEEWAY)
        if now >= claims.expires_at + leeway or now < claims.issued_at - leeway:
            raise TokenRefused("The session has expired: sign in again")
        return claims
