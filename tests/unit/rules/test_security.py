"""What `ostro doctor security` says: of a default installation, and of weakened ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from ostro.rules.security import Facts, findings

GOLDEN = Path(__file__).with_name("doctor_security.txt")
DEFAULT = Facts(
    host="127.0.0.1",
    has_tls=False,
    base_url="",
    allowed_hosts=("localhost",),
    trusted_proxies=(),
    token_lifetime=86_400,
    session_lifetime=7 * 86_400,
    session_idle=8 * 3_600,
    max_body=1024 * 1024,
    logins_in_addresses=(),
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
    """S30: nothing to mend."""
    found = findings(DEFAULT)
    assert {f.level for f in found} == {"pass"}
    assert len(found) == 16


WEAK: list[dict[str, Any]] = [
    {"host": "0.0.0.0"},
    {"allowed_hosts": ()},
    {"trusted_proxies": ("*",)},
    {"token_lifetime": 30 * 86_400},
    {"session_lifetime": 30 * 86_400},
    {"session_idle": 7 * 86_400},
    {"max_body": 1 << 30},
    {"logins_in_addresses": ("bundle 'team'",)},
    {"can_test_connections": True},
    {"exposes_config": True},
    {"oidc_issuer": "http://localhost:9"},
    {"runs_as_root": True},
    {"open_files": ("/h/keys/fernet",)},
    {"made_passwords": ("admin",)},
    {"admins": ()},
    {"long_tokens": ("ann/x",)},
    {"audit_problem": "tampered with"},
]


def told() -> list[str]:
    """What is said of the default, whole, and of each weak installation, as far as it differs."""
    lines = ["default"]
    lines += [f"    {f.level}  {f.about}: {f.text}" for f in findings(DEFAULT)]
    for weak in WEAK:
        found = [f for f in findings(replace(DEFAULT, **weak)) if f.level != "pass"]
        lines.append(", ".join(f"{name} = {value!r}" for name, value in weak.items()))
        lines += [f"    {f.level}  {f.about}: {f.text}" for f in found]
    return lines


def test_a_weakened_one_is_told_where() -> None:
    """S30: the words for the default and for seventeen weak installations, each of which has one finding."""
    assert told() == GOLDEN.read_text().splitlines(), (
        f"look at each difference; when it is meant, write it to {GOLDEN.name}"
    )
    for weak in WEAK:
        assert len([f for f in findings(replace(DEFAULT, **weak)) if f.level != "pass"]) == 1


@pytest.mark.parametrize("safe", [{"has_tls": True}, {"base_url": "https://o.example"}])
def test_listening_widely_is_fine_when_encrypted(safe: dict[str, Any]) -> None:
    assert {f.level for f in findings(replace(DEFAULT, host="0.0.0.0", **safe))} == {"pass"}
