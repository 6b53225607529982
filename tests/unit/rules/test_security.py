"""What `ostro doctor security` says: of a default installation, and of weakened ones."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from ostro.rules.security import Facts, findings

DEFAULT = Facts(
    host="127.0.0.1",
    has_tls=False,
    base_url="",
    allowed_hosts=("localhost",),
    trusted_proxies=(),
    token_lifetime=86_400,
    can_test_connections=False,
    exposes_config=False,
    oidc_issuer="",
    runs_as_root=False,
    open_files=(),
    made_passwords=(),
    admins=("admin",),
    long_tokens=(),
    audit_problem="",
)


def test_a_default_installation_passes() -> None:
    found = findings(DEFAULT)
    assert {f.level for f in found} == {"pass"}
    assert len(found) == 13


@pytest.mark.parametrize(
    ("weak", "about", "level"),
    [
        ({"host": "0.0.0.0"}, "network", "fail"),
        ({"allowed_hosts": ()}, "host names", "warn"),
        ({"trusted_proxies": ("*",)}, "proxies", "fail"),
        ({"token_lifetime": 30 * 86_400}, "logins", "warn"),
        ({"can_test_connections": True}, "connection tests", "warn"),
        ({"exposes_config": True}, "settings", "warn"),
        ({"oidc_issuer": "http://localhost:9"}, "login provider", "warn"),
        ({"runs_as_root": True}, "user", "warn"),
        ({"open_files": ("/h/keys/fernet",)}, "files", "fail"),
        ({"made_passwords": ("admin",)}, "passwords", "warn"),
        ({"admins": ()}, "administrators", "fail"),
        ({"long_tokens": ("ann/x",)}, "API tokens", "warn"),
        ({"audit_problem": "tampered with"}, "audit log", "fail"),
    ],
)
def test_a_weakened_one_is_told_where(weak: dict[str, Any], about: str, level: str) -> None:
    found = [f for f in findings(replace(DEFAULT, **weak)) if f.level != "pass"]
    assert [(f.about, f.level) for f in found] == [(about, level)]
    assert found[0].text


@pytest.mark.parametrize("safe", [{"has_tls": True}, {"base_url": "https://o.example"}])
def test_listening_widely_is_fine_when_encrypted(safe: dict[str, Any]) -> None:
    assert {f.level for f in findings(replace(DEFAULT, host="0.0.0.0", **safe))} == {"pass"}
