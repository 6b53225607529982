"""Databases as the tests of the store make them."""

from __future__ import annotations

from store.conftest import postgresql_template, sqlite_template, store_url

__all__ = ["postgresql_template", "sqlite_template", "store_url"]
