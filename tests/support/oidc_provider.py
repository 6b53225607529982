"""A small OpenID provider over HTTP: everybody it is told of signs in at once. It checks PKCE, and lies when asked to."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Callable
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "ostro", "client-secret"


class OidcProvider:
    """Listens on a free port of this machine until `close`."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self.person: dict[str, Any] = {"sub": "1", "preferred_username": "ann", "groups": []}
        #: Claims that replace the right ones; None leaves one out.
        self.lies: dict[str, Any] = {}
        #: RS256 with its own key; or "none", "HS256", "stranger".
        self.signature = "RS256"
        self.key = RSAKey.generate_key(2048, {"kid": "1"})
        self._codes: dict[str, dict[str, str]] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path, query = urlsplit(self.path).path, parse_qs(urlsplit(self.path).query)
                if path == "/.well-known/openid-configuration":
                    self.answer(provider.description())
                elif path == "/jwks":
                    self.answer({"keys": [provider.key.as_dict(private=False)]})
                elif path == "/authorize":
                    self.send_response(302)
                    self.send_header("Location", provider.authorize({k: v[0] for k, v in query.items()}))
                    self.end_headers()
                else:
                    self.answer({}, 404)

            def do_POST(self) -> None:
                body = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
                right = self.headers.get("Authorization") == f"Basic {basic}"
                found = provider.redeem({k: v[0] for k, v in body.items()}) if right else None
                self.answer(found or {"error": "invalid_grant"}, 200 if found else 400)

            def answer(self, document: Any, status: int = 200) -> None:
                content = json.dumps(document).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_args: Any) -> None:
                pass

        return Handler

    def description(self) -> dict[str, Any]:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/jwks",
        }

    def authorize(self, query: dict[str, str]) -> str:
        assert query["client_id"] == CLIENT
        assert query["code_challenge_method"] == "S256"
        code = f"code{len(self._codes)}"
        self._codes[code] = query
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def redeem(self, body: dict[str, str]) -> dict[str, Any] | None:
        asked = self._codes.pop(body.get("code", ""), None)
        if asked is None or body.get("redirect_uri") != asked["redirect_uri"]:
            return None
        digest = hashlib.sha256(body.get("code_verifier", "").encode()).digest()
        if _base64(digest) != asked["code_challenge"]:
            return None
        return {"access_token": "x", "token_type": "Bearer", "id_token": self.id_token(asked["nonce"])}

    def id_token(self, nonce: str) -> str:
        now = int(self._now().timestamp())
        claims = {
            "iss": self.url,
            "aud": CLIENT,
            "exp": now + 300,
            "iat": now,
            "nonce": nonce,
            **self.person,
            **self.lies,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        if self.signature in ("none", "HS256"):
            head = {"alg": self.signature, "kid": str(self.key.kid)}
            said = ".".join(_base64(json.dumps(part).encode()) for part in (head, claims))
            # The classic confusion: the public key taken as a shared secret.
            confused = hmac.digest(self.key.as_pem(private=False), said.encode(), "sha256")
            return f"{said}.{'' if self.signature == 'none' else _base64(confused)}"
        key = RSAKey.generate_key(2048, {"kid": "1"}) if self.signature == "stranger" else self.key
        return jwt.encode({"alg": "RS256", "kid": str(key.kid)}, claims, key)


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
