"""What access rules of Airflow's web server are told of assets; provider packages import the names."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class AssetDetails:
    """An asset by its id."""

    id: str | None = None


@dataclass(frozen=True)
class AssetAliasDetails:
    """An alias by its id."""

    id: str | None = None
