"""Which fields of a Connection's Extra are secrets: by their names, and by what the form of the provider says of them."""

from __future__ import annotations

import logging
from typing import Any

import msgspec

from ostro.api.deps import Deps
from ostro.api.masking import MASK, is_sensitive, mask
from ostro.errors import UserError

log = logging.getLogger("ostro.api")


def shown_extra(deps: Deps, conn_type: str | None, extra: str | None) -> str | None:
    """Extra as people may see it. Providers are asked only when there is something that its name does not settle.

    When they cannot be asked, every text is masked: one of them may be a secret.
    """
    if not extra:
        return extra
    try:
        found = msgspec.json.decode(extra)
    except msgspec.DecodeError:
        # Some hooks take a bare text, and what it is nobody says.
        return extra if not extra.strip() else MASK
    also = deps.config.sensitive_names
    masked = mask(found, also)
    if isinstance(found, dict) and any(_is_open(key, value, also) for key, value in found.items()):
        secret = _declared(deps, conn_type or "")
        masked = {
            key: MASK if _is_open(key, value, also) and (secret is None or key in secret) else masked[key]
            for key, value in found.items()
        }
    return extra if masked == found else msgspec.json.encode(masked).decode()


def _is_open(key: str, value: Any, also: tuple[str, ...]) -> bool:
    """Whether the value would be shown by its name alone, and could be a secret."""
    return value not in (None, "") and not isinstance(value, bool) and not is_sensitive(key, also)


def _declared(deps: Deps, conn_type: str) -> frozenset[str] | None:
    """The fields of this type that are drawn as passwords; None: nobody could be asked."""
    if deps.list_connection_types is None:
        return frozenset()
    try:
        forms = deps.list_connection_types()
    except UserError as error:
        log.warning("extras of connections are shown masked: %s", error)
        return None
    found: set[str] = set()
    for form in forms:
        if form["connection_type"] == conn_type:
            for name, field in form["extra_fields"].items():
                if field["schema"].get("format") == "password":
                    # Older hooks keep their fields under long names.
                    found |= {name, f"extra__{conn_type}__{name}"}
    return frozenset(found)
