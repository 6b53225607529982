"""Whether the condition of a DAG that is scheduled on assets holds.

A condition is JSON as `as_expression()` gives it: {"asset": {"name", "uri"}}, {"alias": {"name"}}, {"asset_ref": {"name"}
or {"uri"}}, or {"all": […]} and {"any": […]} of conditions.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

#: Name and URI of an asset.
Key = tuple[str, str]


class Updated:
    """The assets that were updated since the last run, and what is behind the aliases."""

    def __init__(self, keys: Iterable[Key], aliases: Mapping[str, Collection[Key]] | None = None) -> None:
        self.keys = frozenset(keys)
        self._names = frozenset(name for name, _ in self.keys)
        self._uris = frozenset(uri for _, uri in self.keys)
        self._aliases = aliases or {}

    def meets(self, kind: str, data: Mapping[str, Any]) -> bool:
        """Whether one part of a condition is met: the asset was updated, or any behind the alias."""
        if kind == "asset":
            return (data["name"], data["uri"]) in self.keys
        if kind == "alias":
            return not self.keys.isdisjoint(self._aliases.get(data["name"], ()))
        if data.get("name"):
            return data["name"] in self._names
        return data.get("uri") in self._uris


def holds(condition: Mapping[str, Any], updated: Updated) -> bool:
    """Whether the condition is met. Raises ValueError for one that is none."""
    if len(condition) != 1:
        raise ValueError(f"a condition on assets has one key, not {sorted(condition)}")
    ((kind, data),) = condition.items()
    if kind == "all":
        return all(holds(part, updated) for part in data)
    if kind == "any":
        return any(holds(part, updated) for part in data)
    if kind not in ("asset", "alias", "asset_ref"):
        raise ValueError(f"a condition on assets knows no {kind!r}")
    return updated.meets(kind, data)


def aliases_of(condition: Mapping[str, Any]) -> set[str]:
    """The aliases in a condition."""
    found: set[str] = set()
    for kind, data in condition.items():
        if kind in ("all", "any"):
            for part in data:
                found |= aliases_of(part)
        elif kind == "alias":
            found.add(data["name"])
    return found


def assets_of(condition: Mapping[str, Any]) -> set[Key]:
    """Name and URI of the assets in a condition."""
    found: set[Key] = set()
    for kind, data in condition.items():
        if kind in ("all", "any"):
            for part in data:
                found |= assets_of(part)
        elif kind == "asset":
            found.add((data["name"], data["uri"]))
    return found
