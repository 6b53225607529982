"""Requests to the REST API of a server, and its refusals as sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ostro.cli.remote import tokens
from ostro.errors import AlreadyExists, BadRequest, NotAllowed, NotFound, UserError

if TYPE_CHECKING:
    import httpx

#: Seconds to wait for an answer.
LIMIT = 30.0
#: Entries asked for at once.
PAGE = 100

_REFUSALS: dict[int, type[UserError]] = {
    400: BadRequest,
    403: NotAllowed,
    404: NotFound,
    409: AlreadyExists,
    422: BadRequest,
}


class Client:
    """One server. Certificates are always verified (SSL_CERT_FILE names own authorities); redirects are not followed."""

    def __init__(self, url: str) -> None:
        """Raises BadRequest for an address that cannot be used. Opens no connection yet."""
        self.url = tokens.checked(url)

    def login(self, username: str, password: str) -> str:
        """A token for name and password. Raises NotAllowed when the server knows no such person."""
        answer = self._send("POST", "/auth/token/cli", {"username": username, "password": password}, {})
        if answer.status_code == 401:
            raise NotAllowed(f"{self.url} does not know this name and password")
        return str(self._data(answer)["access_token"])

    def get(self, path: str, **params: Any) -> Any:
        """The document at a path of the API. Raises UserError."""
        return self.call("GET", path, **params)

    def call(self, method: str, path: str, body: Any = None, **params: Any) -> Any:
        """The answer to a request to the REST API, None for an empty one. Raises UserError with the server's reason."""
        return self.page(method, f"/api/v2{path}", body, **params)

    def page(self, method: str, path: str, body: Any = None, **params: Any) -> Any:
        """The same for any path of the server: what manages people is no part of Airflow's API."""
        token = tokens.token_of(self.url)
        if token is None:
            raise NotAllowed(f"nobody is signed in at {self.url}; run: ostro login {self.url}")
        answer = self._send(method, path, body, params, token)
        if answer.status_code == 401 and tokens.is_given():
            # A new login would not help: the variable comes first.
            raise NotAllowed(
                f"{self.url} does not accept the token in OSTRO_TOKEN (any more); make a new one on the page, or unset it"
            )
        if answer.status_code == 401:
            raise NotAllowed(f"{self.url} does not accept the login any more; run: ostro login {self.url}")
        return self._data(answer)

    def all(self, path: str, key: str, **params: Any) -> list[dict[str, Any]]:
        """All entries of a list."""
        found: list[dict[str, Any]] = []
        while True:
            page = self.get(path, limit=PAGE, offset=len(found), **params)
            found += page[key]
            # How many come at once the server decides: fewer than asked for are not the last ones.
            if not page[key] or len(found) >= page["total_entries"]:
                return found

    def _send(
        self, method: str, path: str, body: Any, params: dict[str, Any], token: str | None = None
    ) -> httpx.Response:
        import ssl

        import httpx

        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        wanted = {name: value for name, value in params.items() if value is not None}
        try:
            with httpx.Client(verify=ssl.create_default_context(), timeout=LIMIT, trust_env=False) as client:
                return client.request(method, self.url + path, json=body, params=wanted, headers=headers)
        except httpx.TimeoutException:
            raise UserError(f"{self.url} did not answer within {LIMIT:g} s") from None
        except httpx.HTTPError as error:
            raise UserError(f"{self.url} cannot be reached: {error}") from None

    def _data(self, answer: httpx.Response) -> Any:
        if answer.status_code == 204:
            return None
        try:
            data = answer.json()
        except ValueError:
            raise UserError(f"{self.url} is no Ostro: it answered {answer.status_code} and no JSON") from None
        if answer.is_success:
            return data
        kind = _REFUSALS.get(answer.status_code, UserError)
        raise kind(_reason(data) or f"{self.url} answered {answer.status_code}")


def part(text: str) -> str:
    """An id as a part of a path."""
    return quote(text, safe="")


def _reason(data: Any) -> str:
    detail = data.get("detail") if isinstance(data, dict) else None
    if isinstance(detail, list):
        detail = "; ".join(f"{'.'.join(map(str, d.get('loc', ())))}: {d.get('msg')}" for d in detail)
    if isinstance(detail, dict):
        detail = detail.get("reason") or detail.get("message")
    return " ".join(str(detail or "").split())
